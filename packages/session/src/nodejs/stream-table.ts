import { SessionError } from '../session-error.ts'
import type { SessionStreams } from '../session-options.ts'
import { SessionStream } from './session-stream.ts'

/** The Duplexes of a session by their ids. `onChange` is called when there may be something to send. */
export class StreamTable {
  readonly #machine: SessionStreams
  readonly #onChange: () => void
  readonly #streams = new Map<number, SessionStream>()

  constructor(machine: SessionStreams, onChange: () => void) {
    this.#machine = machine
    this.#onChange = onChange
  }

  get(id: number): SessionStream | undefined {
    return this.#streams.get(id)
  }

  /** Makes the Duplex of a stream that the machine has. */
  create(id: number, service: string): SessionStream {
    const machine = this.#machine
    const change = this.#onChange
    const stream = new SessionStream(id, service, {
      read: () => {
        const chunk = machine.read(id)
        if (chunk !== undefined) change()
        return chunk
      },
      write: (chunks) => {
        machine.write(id, chunks)
        change()
      },
      end: () => {
        machine.end(id)
        change()
      },
      reset: (code) => {
        machine.reset(id, code)
        change()
      },
    })
    this.#streams.set(id, stream)
    stream.once('close', () => this.#streams.delete(id))
    return stream
  }

  /** The peer aborted a stream. */
  reset(id: number, closeCode: number): void {
    const message = `the peer aborted the stream with code ${closeCode}`
    this.#streams.get(id)?.destroy(new SessionError('SESSION_RESET', message, { closeCode }))
  }

  /** Ends all streams; resolves when everything that they had buffered was taken. */
  async endAll(): Promise<void> {
    const open = [...this.#streams.values()].filter((stream) => !stream.writableFinished && !stream.destroyed)
    await Promise.all(open.map(ended))
  }

  /** The peer takes nothing more. */
  refuseAll(): void {
    for (const stream of this.#streams.values()) stream.refuse()
  }

  /** The session is over: a stream that has arrived whole can be read. This end closed the session before others had. */
  closeAll(): void {
    for (const stream of [...this.#streams.values()]) {
      if (this.#machine.hasEnd(stream.id)) stream.refuse()
      else stream.destroy()
    }
  }

  /** The session broke. */
  destroyAll(error: SessionError): void {
    for (const stream of [...this.#streams.values()]) stream.destroy(error)
  }
}

function ended(stream: SessionStream): Promise<void> {
  stream.end()
  return new Promise((resolve) => {
    stream.once('finish', resolve)
    stream.once('close', resolve)
  })
}
