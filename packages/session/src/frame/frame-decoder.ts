import { decodePayload, type Frame, FrameType, isOrdered, MAX_DATAGRAM, MAX_PAYLOAD } from './frame.ts'
import { SessionError } from '../session-error.ts'
import { readVarint, varintLengthOf } from './varint.ts'

/** A frame, or a part of a stream frame, as it came out of a path. */
export interface DecodedFrame {
  /** Undefined for types not known. */
  readonly frame: Frame | undefined
  readonly isOrdered: boolean
  /** Bytes of the whole frame; 0 while there is more of it to come. */
  readonly size: number
}

/** The rest of the frame that has begun. */
interface Rest {
  readonly kind: 'stream' | 'skipped'
  readonly isOrdered: boolean
  readonly id: number
  offset: number
  remaining: number
  readonly size: number
}

/** A header, and the fields of a stream frame: a type and three integers. */
const MAX_HEADER = 1 + 3 * 8

/**
 * Frames out of bytes, however these were cut. The bytes of a stream frame are passed on as they come. Of other
 * frames the decoder keeps the incomplete one, and skips those of unknown types.
 */
export class FrameDecoder {
  #rest: Rest | undefined
  /** The beginning of a frame that is not complete; grows with what arrives, not with what is announced. */
  #kept = new Uint8Array()
  #keptLength = 0

  /** Returns what has become complete. Bytes are parts of `chunk`, not copies. Throws `SESSION_MALFORMED`. */
  decode(chunk: Uint8Array): DecodedFrame[] {
    const decoded: DecodedFrame[] = []
    let at = 0
    while (at < chunk.length) {
      const bytes = at === 0 ? chunk : chunk.subarray(at)
      if (this.#rest !== undefined) at += this.#continue(this.#rest, bytes, decoded)
      else if (this.#keptLength === 0) at += this.#begin(bytes, decoded) ?? this.#keep(chunk, at)
      else at += this.#complete(bytes, decoded)
    }
    return decoded
  }

  /** Tries kept bytes with as many new ones as are missing. Returns how many new ones were used. */
  #complete(chunk: Uint8Array, decoded: DecodedFrame[]): number {
    const before = this.#keptLength
    const wanted = missingBytes(this.#kept.subarray(0, before))
    const added = Math.min(wanted, chunk.length)
    this.#keep(chunk.subarray(0, added), 0)
    if (added < wanted) return added
    const bytes = this.#kept.subarray(0, this.#keptLength)
    if (missingBytes(bytes) > 0) return added
    this.#begin(bytes, decoded)
    // The frame may refer to what was kept, so that is not used again.
    this.#kept = new Uint8Array()
    this.#keptLength = 0
    return added
  }

  #keep(chunk: Uint8Array, from: number): number {
    const bytes = chunk.subarray(from)
    const length = this.#keptLength + bytes.length
    if (length > this.#kept.length) {
      const larger = new Uint8Array(Math.max(MAX_HEADER, length, 2 * this.#keptLength))
      larger.set(this.#kept.subarray(0, this.#keptLength))
      this.#kept = larger
    }
    this.#kept.set(bytes, this.#keptLength)
    this.#keptLength = length
    return bytes.length
  }

  /** Starts a frame. Returns how many bytes were used; undefined when there are too few. */
  #begin(bytes: Uint8Array, decoded: DecodedFrame[]): number | undefined {
    if (missingBytes(bytes) > 0) return undefined
    const type = bytes[0] as number
    const length = readVarint(bytes, 1)
    const start = 1 + varintLengthOf(bytes[1] as number)
    if (type === FrameType.Stream) return this.#beginStream(bytes, start, length, decoded)
    const size = start + length
    if (isKnown(type)) {
      const frame = decodePayload(type, bytes.subarray(start, size))
      decoded.push({ frame, isOrdered: isOrdered(type), size })
      return size
    }
    this.#rest = { kind: 'skipped', isOrdered: isOrdered(type), id: 0, offset: 0, remaining: length, size }
    if (length === 0) this.#finish(this.#rest, undefined, decoded)
    return start
  }

  #beginStream(bytes: Uint8Array, start: number, length: number, decoded: DecodedFrame[]): number {
    const id = readVarint(bytes, start)
    const second = start + varintLengthOf(bytes[start] as number)
    const offset = readVarint(bytes, second)
    const end = second + varintLengthOf(bytes[second] as number)
    const remaining = length - (end - start)
    this.#rest = { kind: 'stream', isOrdered: true, id, offset, remaining, size: start + length }
    if (remaining === 0) this.#continue(this.#rest, bytes.subarray(end, end), decoded)
    return end
  }

  #continue(rest: Rest, chunk: Uint8Array, decoded: DecodedFrame[]): number {
    const bytes = chunk.length <= rest.remaining ? chunk : chunk.subarray(0, rest.remaining)
    const { id, offset } = rest
    rest.remaining -= bytes.length
    rest.offset += bytes.length
    const frame = rest.kind === 'stream' ? ({ type: 'stream', id, offset, bytes } as const) : undefined
    if (rest.remaining === 0) this.#finish(rest, frame, decoded)
    else if (frame !== undefined) decoded.push({ frame, isOrdered: true, size: 0 })
    return bytes.length
  }

  #finish(rest: Rest, frame: Frame | undefined, decoded: DecodedFrame[]): void {
    decoded.push({ frame, isOrdered: rest.isOrdered, size: rest.size })
    this.#rest = undefined
  }
}

const known: ReadonlySet<number> = new Set(Object.values(FrameType))

function isKnown(type: number): boolean {
  return known.has(type)
}

/** How many more bytes are needed at least before the frame that begins here can be started; 0 when it can. */
function missingBytes(bytes: Uint8Array): number {
  if (bytes.length < 2) return 2 - bytes.length
  const type = bytes[0] as number
  const start = 1 + varintLengthOf(bytes[1] as number)
  if (bytes.length < start) return start - bytes.length
  const length = readVarint(bytes, 1)
  if (length > MAX_PAYLOAD) throw tooLong(type, length)
  if (type === FrameType.Stream) return missingOfStream(bytes, start, length)
  if (!isKnown(type)) return 0
  if (length > MAX_DATAGRAM) throw tooLong(type, length)
  return Math.max(0, start + length - bytes.length)
}

/** A stream frame can be started when its id and offset are there. */
function missingOfStream(bytes: Uint8Array, start: number, length: number): number {
  let at = start
  for (let field = 0; field < 2; field++) {
    const first = bytes[at]
    const end = first === undefined ? at + 1 : at + varintLengthOf(first)
    if (end > start + length) throw new SessionError('SESSION_MALFORMED', `a stream frame of ${length} bytes`)
    if (end > bytes.length) return end - bytes.length
    at = end
  }
  return 0
}

function tooLong(type: number, length: number): SessionError {
  return new SessionError('SESSION_MALFORMED', `a frame of type ${type} and ${length} bytes`)
}
