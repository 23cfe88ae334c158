import { PipeError } from '../pipe-error.ts'

/** A datagram that wants to be acknowledged, or the acknowledgement of one. */
export type AcknowledgedFrame =
  | {
      readonly type: 'data'
      readonly session: bigint
      readonly sequence: number
      /** The sender's oldest unsettled sequence number: all before it are done with. */
      readonly base: number
      readonly data: Uint8Array
    }
  | { readonly type: 'ack'; readonly session: bigint; readonly sequence: number }

/** Wire values; chosen apart from each other in several bits, and from what STUN and DTLS begin with. */
const FrameType = { data: 0xd7, ack: 0xa8 } as const
/** Type (1), session (8), sequence (8). */
const ACK_LENGTH = 17
/** The bytes that a data frame adds to its payload: an acknowledgement's fields and the base (8). */
export const DATA_HEADER_LENGTH = 25

/** Encodes a frame; integers are big-endian, as everywhere in the Internet. RFC 1700. */
export function encodeFrame(frame: AcknowledgedFrame): Uint8Array {
  const isData = frame.type === 'data'
  const bytes = new Uint8Array(isData ? DATA_HEADER_LENGTH + frame.data.length : ACK_LENGTH)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, FrameType[frame.type])
  view.setBigUint64(1, frame.session)
  view.setBigUint64(9, BigInt(frame.sequence))
  if (isData) {
    view.setBigUint64(17, BigInt(frame.base))
    bytes.set(frame.data, DATA_HEADER_LENGTH)
  }
  return bytes
}

/** Decodes a frame; throws `PIPE_MALFORMED` for anything else. */
export function decodeFrame(bytes: Uint8Array): AcknowledgedFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const type = bytes[0]
  if (type === FrameType.ack && bytes.length === ACK_LENGTH) {
    return { type: 'ack', session: view.getBigUint64(1), sequence: numberAt(view, 9) }
  }
  if (type === FrameType.data && bytes.length >= DATA_HEADER_LENGTH) {
    return {
      type: 'data',
      session: view.getBigUint64(1),
      sequence: numberAt(view, 9),
      base: numberAt(view, 17),
      data: bytes.subarray(DATA_HEADER_LENGTH),
    }
  }
  throw new PipeError('PIPE_MALFORMED', `no acknowledged datagram: type ${type}, ${bytes.length} bytes`)
}

function numberAt(view: DataView, offset: number): number {
  const value = view.getBigUint64(offset)
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value)
  throw new PipeError('PIPE_MALFORMED', `no sequence number: ${value}`)
}
