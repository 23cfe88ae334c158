import { Duplex } from 'node:stream'

/** The value of `Upgrade` that asks for a framed stream. */
export const FRAMES_PROTOCOL = 'p2pd-frames'

/** A frame begins with its length, big-endian. Two lengths stand for something else. */
const HEADER_LENGTH = 4
/** The sender has ended its direction. */
const END = 0
/** The sender has aborted both directions. */
const RESET = 0xffff_ffff

/** Of a frame that is given as a whole: more than a datagram has. */
const LONGEST_WHOLE = 65_535

type Done = (error?: Error | null) => void

/**
 * A stream over a connection of this machine that tells an end from a loss. A connection ends in the same way when its
 * program ends it and when that program is killed. So the end of a direction is a frame, and so is an abort; a connection
 * that closes without them is an error. Bytes may be written before the connection is open.
 */
export class FramedStream extends Duplex {
  readonly #opening: Promise<Duplex>
  readonly #isWhole: boolean
  /** The first bytes of a frame that is given as a whole. */
  #parts: Uint8Array[] = []
  #connection: Duplex | undefined
  #header: Uint8Array = new Uint8Array()
  /** Bytes of the frame under way. */
  #left = 0
  #peerEnded = false
  #isEnded = false

  /** With `isWhole` a reader gets each frame as it was written, and not as its bytes arrive. */
  constructor(opening: Promise<Duplex>, { isWhole = false } = {}) {
    super({ readableObjectMode: isWhole })
    this.#opening = opening
    this.#isWhole = isWhole
    this.on('error', () => {}) // Its close tells of it.
  }

  override _construct(settle: Done): void {
    this.#opening.then((connection) => {
      this.#connection = connection
      connection.on('data', (piece: Uint8Array) => this.#receive(piece))
      connection.on('error', (error) => this.destroy(error))
      connection.on('end', () => this.#lost())
      connection.on('close', () => this.#lost())
      settle()
    }, settle)
  }

  override _read(): void {
    this.#connection?.resume()
  }

  override _write(chunk: Uint8Array, _encoding: string, done: Done): void {
    this.#send([chunk], done)
  }

  override _writev(chunks: readonly { chunk: Uint8Array }[], done: Done): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      done,
    )
  }

  override _final(done: Done): void {
    this.#isEnded = true
    this.#connection?.write(header(END), done)
  }

  override _destroy(error: Error | null, done: Done): void {
    const connection = this.#connection
    if (connection !== undefined && !connection.destroyed) {
      if (!(this.#isEnded && this.#peerEnded)) connection.write(header(RESET))
      connection.end()
      connection.resume() // The other program closes its side, too.
    }
    done(error)
  }

  /** Each piece is a frame: nothing is copied, and an empty one would be an end. */
  #send(pieces: readonly Uint8Array[], done: Done): void {
    const connection = this.#connection as Duplex
    const full = pieces.filter(({ length }) => length > 0)
    if (full.length === 0) return done()
    connection.cork()
    for (const [index, piece] of full.entries()) {
      connection.write(header(piece.length))
      connection.write(piece, index === full.length - 1 ? done : undefined)
    }
    connection.uncork()
  }

  #receive(piece: Uint8Array): void {
    let rest = piece
    while (rest.length > 0 && !this.destroyed) {
      if (this.#left === 0) {
        const missing = HEADER_LENGTH - this.#header.length
        this.#header = Buffer.concat([this.#header, rest.subarray(0, missing)])
        rest = rest.subarray(missing)
        if (this.#header.length === HEADER_LENGTH) this.#begin()
        continue
      }
      const data = rest.subarray(0, this.#left)
      this.#left -= data.length
      rest = rest.subarray(data.length)
      if (this.#isWhole) this.#parts.push(data)
      if (this.#isWhole && this.#left > 0) continue
      const given = this.#isWhole ? Buffer.concat(this.#parts.splice(0)) : data
      if (!this.push(given)) this.#connection?.pause()
    }
  }

  #begin(): void {
    const { buffer, byteOffset } = this.#header
    const length = new DataView(buffer, byteOffset).getUint32(0)
    this.#header = new Uint8Array()
    // Also after its end: it takes no more of the other direction.
    if (length === RESET) return void this.destroy(new Error('the other end has aborted the stream'))
    if (this.#peerEnded) return void this.destroy(new Error('bytes came after the end of the stream'))
    if (this.#isWhole && length > LONGEST_WHOLE) return void this.destroy(new Error('a frame is too long'))
    if (length !== END) return void (this.#left = length)
    this.#peerEnded = true
    this.push(null)
  }

  #lost(): void {
    if (this.#isEnded && this.#peerEnded) return
    this.destroy(new Error('the connection was lost before the end of the stream'))
  }
}

function header(value: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}
