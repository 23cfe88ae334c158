import { PipeError } from '../pipe-error.ts'

/** Called at the end of a pipe. Its result is ignored, unless the result is a promise that rejects. */
export type CloseListener = (error?: PipeError) => unknown
/** Called with the errors that callbacks threw. */
export type ErrorListener = (error: PipeError) => unknown

/**
 * Runs a callback of the program and hands on what it throws, now or later; returns its promise, which
 * is never rejected.
 */
export function invoke(callback: () => unknown, report: (error: unknown) => void): Promise<void> | undefined {
  try {
    return settled(callback(), report)
  } catch (error) {
    report(error)
    return undefined
  }
}

/** The same for what a callback has returned. */
export function settled(result: unknown, report: (error: unknown) => void): Promise<void> | undefined {
  if (result === undefined || !isPromise(result)) return undefined
  return Promise.resolve(result).then(() => {}, report)
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

/** The close and error callbacks of one pipe. */
export class PipeEvents {
  #closeListeners: CloseListener[] | undefined
  #errorListeners: ErrorListener[] | undefined
  #closed: { error: PipeError | undefined } | undefined

  get closed(): boolean {
    return this.#closed !== undefined
  }

  /** Calls back once, after the close too; returns what takes the callback away. */
  onClose(listener: CloseListener): () => void {
    if (this.#closed === undefined) {
      this.#closeListeners = [...(this.#closeListeners ?? []), listener]
      return () => {
        this.#closeListeners = this.#closeListeners?.filter((other) => other !== listener)
      }
    }
    let wanted = true
    const { error } = this.#closed
    // Later, as before the close: never while the program is still inside its call of onClose.
    queueMicrotask(() => {
      if (wanted) this.#call(listener, error)
    })
    return () => {
      wanted = false
    }
  }

  onError(listener: ErrorListener): () => void {
    this.#errorListeners = [...(this.#errorListeners ?? []), listener]
    return () => {
      this.#errorListeners = this.#errorListeners?.filter((other) => other !== listener)
    }
  }

  /** Tells of the close; the second time does nothing. */
  close(error: PipeError | undefined): void {
    if (this.#closed !== undefined) return
    this.#closed = { error }
    const listeners = this.#closeListeners ?? []
    this.#closeListeners = undefined
    for (const listener of listeners) this.#call(listener, error)
  }

  /** Tells of a callback that threw. Without a listener the console gets it: it must not be lost. */
  report(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const error = new PipeError('PIPE_CALLBACK', `a callback of the pipe threw: ${reason}`, { cause })
    const listeners = this.#errorListeners ?? []
    if (listeners.length === 0) return console.error(error)
    for (const listener of listeners) {
      void invoke(
        () => listener(error),
        (thrown) => console.error(thrown),
      )
    }
  }

  #call(listener: CloseListener, error: PipeError | undefined): void {
    void invoke(
      () => listener(error),
      (thrown) => this.report(thrown),
    )
  }
}
