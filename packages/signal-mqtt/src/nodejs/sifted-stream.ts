import { Duplex } from 'node:stream'

/** Chooses the parts of a chunk that go on; undefined when the stream has to end. */
export type Sift = (chunk: Uint8Array) => readonly Uint8Array[] | undefined

/** A byte stream of which only a part is there to be read. */
export class SiftedStream extends Duplex {
  readonly #inner: Duplex

  constructor(inner: Duplex, sift: Sift) {
    super({ allowHalfOpen: false })
    this.#inner = inner
    inner.on('data', (chunk: Uint8Array) => {
      const rest = sift(chunk)
      if (!rest) this.destroy()
      else if (rest.length > 0 && !this.push(Buffer.concat(rest))) inner.pause()
    })
    inner.on('error', (error) => this.destroy(error))
    inner.on('end', () => this.push(null))
    inner.on('close', () => this.#closed())
  }

  override _read(): void {
    this.#inner.resume()
  }

  override _write(chunk: Uint8Array, _: string, done: (error?: Error | null) => void): void {
    this.#inner.write(chunk, done)
  }

  /** At once, or each piece of a packet would be a packet of TCP. */
  override _writev(chunks: { chunk: Uint8Array }[], done: (error?: Error | null) => void): void {
    this.#inner.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), done)
  }

  override _final(done: () => void): void {
    if (this.#inner.destroyed) done()
    else this.#inner.end(() => done())
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#inner.destroy()
    done(error)
  }

  /** The reader gets the bytes that have come before the end: they may say why it ended. */
  #closed(): void {
    if (this.readableEnded || this.readableLength === 0) this.destroy()
    else this.once('end', () => this.destroy()).push(null)
  }
}
