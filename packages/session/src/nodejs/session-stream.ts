import { Duplex } from 'node:stream'
import { SessionError } from '../session-error.ts'
import { ResetCode } from '../session-path.ts'

type Done = (error?: Error | null) => void

/**
 * The part of a session that one stream needs.
 *
 * @internal
 */
export interface StreamPort {
  /** The next bytes; null once at the end, undefined when there is nothing for now. */
  read(): Uint8Array | null | undefined
  /** Takes bytes, which stay as they are until `written` is called. */
  write(chunks: readonly Uint8Array[]): void
  end(): void
  reset(code: number): void
}

/** Bytes buffered by the stream itself, in each direction. */
const HIGH_WATER_MARK = 65_536

/**
 * A stream of a session. `end` reaches the peer as the end of the data, and so does nothing else; `destroy` aborts both
 * directions. A buffer that was written may be changed as soon as the write's callback was called.
 */
export class SessionStream extends Duplex {
  readonly id: number
  /** The service it was opened for; empty for the pipe. */
  readonly service: string
  readonly #port: StreamPort
  #isWanted = false
  #onWritten: Done | undefined
  #resetCode: number = ResetCode.Cancelled
  /** The peer takes nothing more. */
  #isRefused = false

  /** @internal */
  constructor(id: number, service: string, port: StreamPort) {
    super({ highWaterMark: HIGH_WATER_MARK })
    this.id = id
    this.service = service
    this.#port = port
    // An error that nobody listens for does not end the process: 'close' tells of it too.
    this.on('error', () => {})
  }

  /** Aborts the stream; the peer's gets an error with this code. */
  reset(code: number): void {
    this.#resetCode = code
    this.destroy()
  }

  override _read(): void {
    this.#isWanted = true
    this.deliver()
  }

  /** @internal */
  override _write(chunk: Uint8Array, _encoding: string, done: Done): void {
    this.#write([chunk], done)
  }

  /** @internal */
  override _writev(chunks: readonly { chunk: Uint8Array }[], done: Done): void {
    this.#write(
      chunks.map(({ chunk }) => chunk),
      done,
    )
  }

  /** @internal */
  override _final(done: Done): void {
    this.#port.end()
    done()
  }

  /** @internal */
  override _destroy(error: Error | null, done: Done): void {
    if (this.#onWritten !== undefined)
      this.#written(error ?? closed('the stream was closed before this was sent'))
    if (!(this.writableFinished && this.readableEnded)) this.#port.reset(this.#resetCode)
    done(error)
  }

  /** For the session: there is something to read. */
  deliver(): void {
    while (this.#isWanted && !this.destroyed) {
      const chunk = this.#port.read()
      if (chunk === undefined) return
      this.#isWanted = this.push(chunk)
      if (chunk === null) return
    }
  }

  /** For the session: what was written is taken. */
  taken(): void {
    this.#written()
  }

  /** For the session: the peer takes nothing more. Bytes that have arrived can still be read. */
  refuse(): void {
    this.#isRefused = true
    if (this.#onWritten !== undefined) this.destroy(closed())
    else if (this.readableEnded) this.destroy()
    else this.once('end', () => this.destroy())
  }

  #write(chunks: readonly Uint8Array[], done: Done): void {
    if (this.#isRefused) return done(closed())
    this.#onWritten = done
    try {
      this.#port.write(chunks)
    } catch (error) {
      this.#written(error as Error)
    }
  }

  #written(error?: Error): void {
    const done = this.#onWritten
    this.#onWritten = undefined
    done?.(error)
  }
}

function closed(what = 'the peer has closed the session'): SessionError {
  return new SessionError('SESSION_CLOSED', what)
}
