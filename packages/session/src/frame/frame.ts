import { SessionError } from '../session-error.ts'
import { readVarint, varintLength, varintLengthOf, writeVarint } from './varint.ts'

/**
 * The types of frames. Those below 0x20 are ordered: their bytes are counted, acknowledged and sent again on
 * another path. All others belong to the path that carries them.
 */
export const FrameType = {
  Stream: 0x00,
  Open: 0x01,
  Credit: 0x02,
  End: 0x03,
  Reset: 0x04,
  Streams: 0x05,
  Finish: 0x06,
  Ack: 0x20,
  Resume: 0x21,
  Move: 0x22,
  Ping: 0x23,
  Pong: 0x24,
  Datagram: 0x25,
  Close: 0x26,
} as const

/** The first type that is not ordered. */
const FIRST_OF_PATH = 0x20

/** Bytes of a frame after its length, at most; also those of types not known. */
export const MAX_PAYLOAD = 2 ** 20
/** Bytes of one datagram, at most. */
export const MAX_DATAGRAM = 65_535
/** Bytes of a service's name in UTF-8, at most. */
export const MAX_SERVICE = 255

/** One message of the protocol. Offsets, limits and codes are integers from 0 to 2^53 - 1. */
export type Frame =
  /** Bytes of a stream, from `offset` of that stream on. RFC 9000 §19.8. */
  | { readonly type: 'stream'; readonly id: number; readonly offset: number; readonly bytes: Uint8Array }
  /** A new stream, for a named service. */
  | { readonly type: 'open'; readonly id: number; readonly service: string }
  /** The peer may send bytes of this stream below `limit`. RFC 9000 §19.10. */
  | { readonly type: 'credit'; readonly id: number; readonly limit: number }
  /** The stream has no more bytes. */
  | { readonly type: 'end'; readonly id: number }
  /** The stream is aborted in both directions. RFC 9000 §19.4. */
  | { readonly type: 'reset'; readonly id: number; readonly code: number }
  /** The peer may have opened `limit` streams in all. RFC 9000 §19.11. */
  | { readonly type: 'streams'; readonly limit: number }
  /** All streams have ended, and no other is opened. */
  | { readonly type: 'finish' }
  /** Ordered frames below `offset` have arrived. */
  | { readonly type: 'ack'; readonly offset: number }
  /** The ordered frames that follow on this path begin at `offset`. */
  | { readonly type: 'resume'; readonly offset: number }
  /** The ordered frames from `offset` on travel on another path. */
  | { readonly type: 'move'; readonly offset: number }
  | { readonly type: 'ping'; readonly number: number }
  | { readonly type: 'pong'; readonly number: number }
  | { readonly type: 'datagram'; readonly bytes: Uint8Array }
  /** The session is over: 0 after both have finished, an error otherwise. RFC 9000 §19.19. */
  | { readonly type: 'close'; readonly code: number }

/** Whether frames of this type are counted, acknowledged and sent again. */
export function isOrdered(type: number): boolean {
  return type < FIRST_OF_PATH
}

/** The frames that belong to the path that carries them. */
export type PathFrame = Extract<Frame, { type: 'ack' | 'resume' | 'move' | 'ping' | 'pong' }>

/** The frames about streams; all of them are ordered. */
export type StreamFrame = Extract<Frame, { type: 'stream' | 'open' | 'credit' | 'end' | 'reset' | 'streams' }>

/** Whether a frame is one about streams. */
export function isStreamFrame(frame: Frame): frame is StreamFrame {
  switch (frame.type) {
    case 'stream':
    case 'open':
    case 'credit':
    case 'end':
    case 'reset':
    case 'streams':
      return true
    default:
      return false
  }
}

const typeOf = {
  stream: FrameType.Stream,
  open: FrameType.Open,
  credit: FrameType.Credit,
  end: FrameType.End,
  reset: FrameType.Reset,
  streams: FrameType.Streams,
  finish: FrameType.Finish,
  ack: FrameType.Ack,
  resume: FrameType.Resume,
  move: FrameType.Move,
  ping: FrameType.Ping,
  pong: FrameType.Pong,
  datagram: FrameType.Datagram,
  close: FrameType.Close,
} as const

const NO_BYTES: Uint8Array = new Uint8Array()

/** Encodes any frame. Throws `SESSION_INVALID_ARGUMENT` for a number or a service that does not fit. */
export function encodeFrame(frame: Frame): Uint8Array {
  const type = typeOf[frame.type]
  switch (frame.type) {
    case 'stream':
      return encode(type, [frame.id, frame.offset], frame.bytes)
    case 'open':
      return encode(type, [frame.id], encodeService(frame.service))
    case 'credit':
      return encode(type, [frame.id, frame.limit])
    case 'reset':
      return encode(type, [frame.id, frame.code])
    case 'streams':
      return encode(type, [frame.limit])
    case 'ack':
    case 'resume':
    case 'move':
      return encode(type, [frame.offset])
    case 'ping':
    case 'pong':
      return encode(type, [frame.number])
    case 'datagram':
      return encode(type, [], frame.bytes)
    case 'end':
      return encode(type, [frame.id])
    case 'finish':
      return encode(type, [])
    case 'close':
      return encode(type, [frame.code])
  }
}

/** Encodes a stream frame up to its bytes, which are sent from where they are. */
export function encodeStreamHeader(id: number, offset: number, length: number): Uint8Array {
  return encode(FrameType.Stream, [id, offset], NO_BYTES, length)
}

function encode(
  type: number,
  numbers: readonly number[],
  tail: Uint8Array = NO_BYTES,
  after = 0,
): Uint8Array {
  let length = tail.length
  for (const number of numbers) length += varintLength(number)
  const bytes = new Uint8Array(1 + varintLength(length + after) + length)
  bytes[0] = type
  let at = writeVarint(bytes, 1, length + after)
  for (const number of numbers) at = writeVarint(bytes, at, number)
  bytes.set(tail, at)
  return bytes
}

/** Refuses the name of a service that is too long. */
export function checkService(service: string): void {
  encodeService(service)
}

function encodeService(service: string): Uint8Array {
  const bytes = new TextEncoder().encode(service)
  if (bytes.length <= MAX_SERVICE) return bytes
  throw new SessionError('SESSION_INVALID_ARGUMENT', `a service's name of ${bytes.length} bytes`)
}

/**
 * Decodes the payload of any frame except `stream`; undefined when its type is not known. Bytes after the
 * fields are ignored: a later version may add to them.
 */
export function decodePayload(type: number, payload: Uint8Array): Frame | undefined {
  const fields = new Fields(payload)
  switch (type) {
    case FrameType.Open:
      return { type: 'open', id: fields.next(), service: decodeService(fields.rest()) }
    case FrameType.Credit:
      return { type: 'credit', id: fields.next(), limit: fields.next() }
    case FrameType.End:
      return { type: 'end', id: fields.next() }
    case FrameType.Reset:
      return { type: 'reset', id: fields.next(), code: fields.next() }
    case FrameType.Streams:
      return { type: 'streams', limit: fields.next() }
    case FrameType.Finish:
      return { type: 'finish' }
    case FrameType.Ack:
      return { type: 'ack', offset: fields.next() }
    case FrameType.Resume:
      return { type: 'resume', offset: fields.next() }
    case FrameType.Move:
      return { type: 'move', offset: fields.next() }
    case FrameType.Ping:
      return { type: 'ping', number: fields.next() }
    case FrameType.Pong:
      return { type: 'pong', number: fields.next() }
    case FrameType.Datagram:
      return { type: 'datagram', bytes: fields.rest() }
    case FrameType.Close:
      return { type: 'close', code: fields.next() }
    default:
      return undefined
  }
}

/** Reads integers one after the other. */
class Fields {
  readonly #payload: Uint8Array
  #at = 0

  constructor(payload: Uint8Array) {
    this.#payload = payload
  }

  next(): number {
    const at = this.#at
    const first = this.#payload[at]
    if (first === undefined || at + varintLengthOf(first) > this.#payload.length) {
      throw new SessionError('SESSION_MALFORMED', `a frame of ${this.#payload.length} bytes lacks a field`)
    }
    this.#at += varintLengthOf(first)
    return readVarint(this.#payload, at)
  }

  rest(): Uint8Array {
    return this.#payload.subarray(this.#at)
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decodeService(bytes: Uint8Array): string {
  if (bytes.length > MAX_SERVICE) {
    throw new SessionError('SESSION_MALFORMED', `a service's name of ${bytes.length} bytes`)
  }
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw new SessionError('SESSION_MALFORMED', 'the name of a service is not UTF-8', { cause })
  }
}
