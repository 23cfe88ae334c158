import { Duplex } from 'node:stream'

/** Two ends of one byte stream in this process, with back-pressure both ways. */
export function duplexPair(): [Duplex, Duplex] {
  const ends: [End, End] = [new End(), new End()]
  ends[0].other = ends[1]
  ends[1].other = ends[0]
  return ends
}

class End extends Duplex {
  other: End | undefined
  #resume: () => void = () => {}

  constructor() {
    super({ readableHighWaterMark: 65_536, writableHighWaterMark: 65_536 })
  }

  override _read(): void {
    const resume = this.#resume
    this.#resume = () => {}
    resume()
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    const { other } = this
    if (other === undefined || other.destroyed) return done()
    if (other.push(chunk)) done()
    else other.#resume = done
  }

  override _final(done: () => void): void {
    this.other?.push(null)
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const { other } = this
    if (other !== undefined && !other.destroyed && !(this.writableFinished && this.readableEnded)) other.destroy()
    done(error)
  }
}
