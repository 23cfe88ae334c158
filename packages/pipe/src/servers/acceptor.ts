import type { Clock } from '@p2pd/netif'
import { PipeError } from '../pipe-error.ts'
import { type ErrorListener, invoke } from '../messages/pipe-events.ts'
import type { Pipe } from '../pipe.ts'
import { type Bounds, checkBounds, Waiters } from '../messages/waiters.ts'

/** Takes a pipe that a server has made. */
export type PipeListener = (pipe: Pipe) => unknown

/** The pipes of a server: those waiting to be taken, in order, and all that are open. */
export class Acceptor {
  readonly #open = new Set<Pipe>()
  readonly #untaken = new Set<Pipe>()
  readonly #waiters: Waiters<Pipe>
  readonly #onError: ErrorListener | undefined
  #listeners: readonly PipeListener[] = []
  #closed = false

  constructor(clock: Clock, onError: ErrorListener | undefined) {
    this.#waiters = new Waiters(clock)
    this.#onError = onError
  }

  /** Pipes that count against a limit. */
  get count(): number {
    return Math.max(this.#open.size, this.#untaken.size)
  }

  offer(pipe: Pipe): void {
    if (this.#closed) return void pipe.close()
    this.#open.add(pipe)
    pipe.onClose(() => {
      this.#open.delete(pipe)
      // A client that left before it was taken is still handed out, with what it sent. A datagram pipe
      // closes here alone, and has nothing left.
      if (pipe.transport === 'udp') this.#untaken.delete(pipe)
    })
    if (this.#waiters.offer(pipe)) return
    if (this.#listeners.length === 0) this.#untaken.add(pipe)
    else this.#call(pipe)
  }

  async accept(bounds: Bounds): Promise<Pipe> {
    checkBounds(bounds, 'accept')
    const pipe = this.#next()
    if (pipe !== undefined) return pipe
    if (this.#closed) throw closed()
    if (bounds.timeoutMs === 0) throw new PipeError('PIPE_EMPTY', 'accept: no client is waiting')
    return this.#waiters.wait('accept', bounds)
  }

  onPipe(listener: PipeListener): () => void {
    this.#listeners = [...this.#listeners, listener]
    // Later: never while the program is still inside its call of onPipe.
    if (this.#untaken.size > 0) queueMicrotask(() => this.#flush())
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#untaken.clear()
    this.#waiters.rejectAll(closed())
    await Promise.all([...this.#open].map((pipe) => pipe.close()))
  }

  /** Tells what went wrong beside any pipe's own callbacks. */
  report(error: PipeError): void {
    const listener = this.#onError
    if (listener === undefined) return console.error(error)
    void invoke(
      () => listener(error),
      (thrown) => console.error(thrown),
    )
  }

  #next(): Pipe | undefined {
    for (const pipe of this.#untaken) {
      this.#untaken.delete(pipe)
      return pipe
    }
    return undefined
  }

  #flush(): void {
    while (this.#listeners.length > 0) {
      const pipe = this.#next()
      if (pipe === undefined) return
      this.#call(pipe)
    }
  }

  #call(pipe: Pipe): void {
    for (const listener of this.#listeners) {
      void invoke(
        () => listener(pipe),
        (cause) => {
          const reason = cause instanceof Error ? cause.message : String(cause)
          this.report(new PipeError('PIPE_CALLBACK', `a callback of the server threw: ${reason}`, { cause }))
        },
      )
    }
  }
}

function closed(): PipeError {
  return new PipeError('PIPE_CLOSED', 'accept: the server is closed')
}
