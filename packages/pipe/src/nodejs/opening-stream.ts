import { Duplex } from 'node:stream'
import type { OpeningStream } from '../streams/stream-pipe.ts'

/** Makes a Duplex that writes to a stream at once, and reads from it when `opened` has resolved. */
export const openingStream: OpeningStream = (stream, opened) => new GatedStream(stream, opened)

class GatedStream extends Duplex {
  readonly #stream: Duplex
  #isOpen = false

  constructor(stream: Duplex, opened: Promise<unknown>) {
    super()
    this.#stream = stream
    stream.on('error', (error) => this.destroy(error))
    stream.on('close', () => this.#closed())
    opened.then(
      () => this.#open(),
      (error: Error) => this.destroy(error),
    )
  }

  override _read(): void {
    if (this.#isOpen) this.#stream.resume()
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#stream.write(chunk, done)
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: (error?: Error | null) => void): void {
    this.#stream.cork()
    for (const { chunk } of chunks.slice(0, -1)) this.#stream.write(chunk)
    this.#stream.write(chunks.at(-1)?.chunk, done)
    this.#stream.uncork()
  }

  override _final(done: () => void): void {
    if (this.#stream.destroyed) done()
    else this.#stream.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stream.destroy()
    done(error)
  }

  #open(): void {
    const stream = this.#stream
    if (this.destroyed || stream.destroyed) return
    this.#isOpen = true
    stream.on('data', (chunk: Uint8Array) => {
      if (!this.push(chunk)) stream.pause()
    })
    if (stream.readableEnded) this.push(null)
    else stream.on('end', () => this.push(null)).resume()
  }

  /** The reader gets the bytes that have come before the end. */
  #closed(): void {
    if (this.readableEnded || this.readableLength === 0) this.destroy()
    else this.once('end', () => this.destroy())
  }
}
