import { Duplex } from 'node:stream'
import type { Pair } from './measure.ts'

/** A length; a session has more in its headers. */
const HEADER = 8
const ACK_BYTES = 512 * 1024
const HIGH_WATER_MARK = 65_536

/**
 * The least that anything with a resend buffer does on a stream. It copies each write behind a header, and keeps it until
 * the other end has acknowledged it. It takes the headers off the bytes that arrive. It has no streams, limits or moves.
 */
class MinimalFraming extends Duplex {
  readonly #path: Duplex
  readonly #kept: Buffer<ArrayBuffer>[] = []
  readonly #spare: ArrayBuffer[] = []
  #unacknowledged = 0
  #remaining = 0
  #header: Buffer = Buffer.alloc(0)

  constructor(path: Duplex) {
    super({ highWaterMark: HIGH_WATER_MARK })
    this.#path = path
    path.on('data', (chunk: Buffer) => this.#receive(chunk))
  }

  override _write(chunk: Buffer, _: string, done: () => void): void {
    const length = HEADER + chunk.length
    const block = Buffer.from(this.#spare.pop() ?? new ArrayBuffer(HIGH_WATER_MARK + HEADER), 0, length)
    block.writeDoubleBE(chunk.length)
    block.set(chunk, HEADER)
    this.#kept.push(block)
    if (this.#path.write(block)) process.nextTick(done)
    else this.#path.once('drain', done)
  }

  override _read(): void {}

  #receive(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#remaining === 0) {
        const part = chunk.subarray(at, at + HEADER - this.#header.length)
        this.#header = this.#header.length === 0 ? part : Buffer.concat([this.#header, part])
        at += part.length
        if (this.#header.length < HEADER) return
        const length = this.#header.readDoubleBE()
        this.#header = Buffer.alloc(0)
        if (length < 0) this.#acknowledged(-length)
        else this.#remaining = length
      } else {
        const bytes = chunk.subarray(at, at + this.#remaining)
        at += bytes.length
        this.#remaining -= bytes.length
        this.push(bytes)
        this.#unacknowledged += bytes.length
      }
    }
    if (this.#unacknowledged >= ACK_BYTES) this.#acknowledge()
  }

  #acknowledge(): void {
    const ack = Buffer.alloc(HEADER)
    ack.writeDoubleBE(-this.#unacknowledged)
    this.#unacknowledged = 0
    this.#path.write(ack)
  }

  #acknowledged(bytes: number): void {
    for (let rest = bytes; rest > 0 && this.#kept.length > 0; ) {
      const block = this.#kept.shift() as Buffer<ArrayBuffer>
      rest -= block.length - HEADER
      this.#spare.push(block.buffer)
    }
  }
}

/** Both ends of a minimal framing. */
export function minimalPair([a, b]: Pair): Pair {
  return [new MinimalFraming(a), new MinimalFraming(b)]
}
