import { decodePayload, type Frame, FrameType, MAX_ENTRIES_LENGTH, MAX_PAYLOAD } from './frame.ts'
import { malformed } from './byte-reader.ts'

/** Memory for so many bytes, which need not be zero. */
export type Allocate = (length: number) => Uint8Array

const HEADER_LENGTH = 5
/** Frames without chunks: an index, and a reason in words. */
const MAX_SMALL_PAYLOAD = 2048

/** Frames out of bytes, however these were cut. Frames own their bytes; types not known are left out. */
export class FrameDecoder {
  readonly #allocate: Allocate
  readonly #header = new Uint8Array(HEADER_LENGTH)
  #headerLength = 0
  #payload: Uint8Array | undefined
  #payloadLength = 0

  constructor(allocate: Allocate = (length) => new Uint8Array(length)) {
    this.#allocate = allocate
  }

  /** The frames that have become complete. Throws `TRANSFER_MALFORMED`. */
  decode(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = []
    let at = 0
    while (at < chunk.length) {
      if (this.#payload === undefined) at += this.#takeHeader(chunk.subarray(at))
      else at += this.#takePayload(this.#payload, chunk.subarray(at))
      const frame = this.#complete()
      if (frame !== undefined) frames.push(frame)
    }
    return frames
  }

  #takeHeader(chunk: Uint8Array): number {
    const taken = chunk.subarray(0, HEADER_LENGTH - this.#headerLength)
    this.#header.set(taken, this.#headerLength)
    this.#headerLength += taken.length
    if (this.#headerLength === HEADER_LENGTH) {
      const [type = 0, ...length] = this.#header
      this.#payload = this.#allocate(
        checkLength(
          type,
          length.reduce((sum, byte) => sum * 256 + byte, 0),
        ),
      )
      this.#payloadLength = 0
    }
    return taken.length
  }

  #takePayload(payload: Uint8Array, chunk: Uint8Array): number {
    const taken = chunk.subarray(0, payload.length - this.#payloadLength)
    payload.set(taken, this.#payloadLength)
    this.#payloadLength += taken.length
    return taken.length
  }

  #complete(): Frame | undefined {
    const payload = this.#payload
    if (payload === undefined || this.#payloadLength < payload.length) return undefined
    this.#payload = undefined
    this.#headerLength = 0
    return decodePayload(this.#header[0] ?? 0, payload)
  }
}

function checkLength(type: number, length: number): number {
  const isSmall = knownTypes.has(type) && type !== FrameType.Chunk
  const small = type === FrameType.Entries ? MAX_ENTRIES_LENGTH : MAX_SMALL_PAYLOAD
  if (length > (isSmall ? small : MAX_PAYLOAD)) throw malformed(`a frame of type ${type} and ${length} bytes`)
  return length
}

const knownTypes: ReadonlySet<number> = new Set(Object.values(FrameType))
