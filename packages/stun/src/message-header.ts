import { decodeMessageType, encodeMessageType, type MessageClass } from './message-type.ts'
import { StunError } from './stun-error.ts'

/** Length of the header. RFC 8489 §5. */
export const HEADER_BYTES = 20

/** The first four bytes after the length field tell RFC 8489 from RFC 3489. RFC 8489 §5. */
export const MAGIC_COOKIE = [0x21, 0x12, 0xa4, 0x42] as const

const COOKIE_OFFSET = 4
const TRANSACTION_ID_BYTES = 12
/** A message of RFC 3489 has no magic cookie: these four bytes belong to its id. RFC 3489 §11.1. */
const LEGACY_TRANSACTION_ID_BYTES = 16

/** The header without its length field. RFC 8489 §5. */
export interface MessageHeader {
  readonly class: MessageClass
  /** 1 to 0xfff. */
  readonly method: number
  /** 12 bytes, or the 16 of RFC 3489. */
  readonly transactionId: Uint8Array
}

/** Whether a message has the form of RFC 3489, without the magic cookie. RFC 8489 §11. */
export function isLegacy({ transactionId }: Pick<MessageHeader, 'transactionId'>): boolean {
  return transactionId.length === LEGACY_TRANSACTION_ID_BYTES
}

/** Throws `STUN_INVALID_ARGUMENT` unless the id has one of the two possible lengths. RFC 8489 §5. */
export function checkTransactionId({ length }: Uint8Array): void {
  if (length !== TRANSACTION_ID_BYTES && length !== LEGACY_TRANSACTION_ID_BYTES) {
    throw new StunError('STUN_INVALID_ARGUMENT', `transaction id: ${length} bytes, not 12 or 16`)
  }
}

/**
 * Encodes the header of a message whose attributes take `attributesLength` bytes, padding included. Throws
 * `STUN_INVALID_ARGUMENT`. RFC 8489 §5.
 */
export function encodeHeader(header: MessageHeader, attributesLength: number): Uint8Array {
  checkTransactionId(header.transactionId)
  if (attributesLength > 0xffff) {
    throw new StunError('STUN_INVALID_ARGUMENT', `attributes: ${attributesLength} bytes, over 65535`)
  }
  const bytes = new Uint8Array(HEADER_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, encodeMessageType(header.class, header.method))
  view.setUint16(2, attributesLength)
  bytes.set(MAGIC_COOKIE, COOKIE_OFFSET)
  bytes.set(header.transactionId, HEADER_BYTES - header.transactionId.length)
  return bytes
}

/** Throws `STUN_MALFORMED` unless the top two bits are zero and the length field is right. RFC 8489 §5. */
export function checkHeader(message: Uint8Array): void {
  if (message.length < HEADER_BYTES) {
    throw new StunError('STUN_MALFORMED', `message: ${message.length} bytes, under 20`)
  }
  const [first = 0, , high = 0, low = 0] = message
  if (first > 0x3f) throw new StunError('STUN_MALFORMED', `first byte ${first}: not a STUN message`)
  const length = (high << 8) | low
  if (length % 4 !== 0 || length !== message.length - HEADER_BYTES) {
    throw new StunError('STUN_MALFORMED', `length field ${length}, message of ${message.length} bytes`)
  }
}

/** Decodes the header of a whole message. Throws `STUN_MALFORMED`. RFC 8489 §5, §11. */
export function decodeHeader(message: Uint8Array): MessageHeader {
  checkHeader(message)
  const [high = 0, low = 0] = message
  const legacy = MAGIC_COOKIE.some((byte, i) => message[COOKIE_OFFSET + i] !== byte)
  const idLength = legacy ? LEGACY_TRANSACTION_ID_BYTES : TRANSACTION_ID_BYTES
  return {
    ...decodeMessageType((high << 8) | low),
    transactionId: Uint8Array.from(message.subarray(HEADER_BYTES - idLength, HEADER_BYTES)),
  }
}
