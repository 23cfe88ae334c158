import { AttributeType } from './attributes/attribute-type.ts'
import { decodeMessageType, encodeMessageType, type MessageClass } from './message-type.ts'
import { type Attribute, copyOf, padded, walkAttributes } from './attributes/raw-attributes.ts'
import { decodeHeader, encodeHeader, HEADER_BYTES } from './stun-package.ts'
import { StunError } from './stun-error.ts'

/** In the first four bytes of a transaction id this tells RFC 8489 from RFC 3489. RFC 8489 §5. */
export const MAGIC_COOKIE = [0x21, 0x12, 0xa4, 0x42] as const

const TRANSACTION_ID_BYTES = 12
/** Without the magic cookie its four bytes belong to the id. RFC 3489 §11.1. */
const LEGACY_TRANSACTION_ID_BYTES = 16

/** A STUN message: attributes are raw, each has its own codec. RFC 8489 §5. */
export interface Message {
  readonly class: MessageClass
  readonly method: number
  /** 12 bytes, or the 16 of RFC 3489. */
  readonly transactionId: Uint8Array
  /** In the order of the wire; what follows the integrity attributes is not here. */
  readonly attributes: readonly Attribute[]
}

/** Whether a message is of RFC 3489: without the magic cookie. RFC 8489 §11. */
export function isLegacy(message: Pick<Message, 'transactionId'>): boolean {
  return message.transactionId.length === LEGACY_TRANSACTION_ID_BYTES
}

function encodeMessageHeader({ class: messageClass, method, transactionId }: Message): Uint8Array {
  const { length } = transactionId
  if (length !== TRANSACTION_ID_BYTES && length !== LEGACY_TRANSACTION_ID_BYTES) {
    throw new StunError('STUN_INVALID_ARGUMENT', `transaction id: ${length} bytes, not 12 or 16`)
  }
  const type = encodeMessageType(messageClass, method)
  const header = encodeHeader(type, transactionId.subarray(-TRANSACTION_ID_BYTES))
  if (length === LEGACY_TRANSACTION_ID_BYTES) header.set(transactionId, 4)
  return header
}

/** Encodes a message, padding attributes with zeros. RFC 8489 §5. */
export function encodeMessage(message: Message): Uint8Array {
  const length = message.attributes.reduce((sum, { value }) => sum + 4 + padded(value.length), 0)
  if (length > 0xffff) throw new StunError('STUN_INVALID_ARGUMENT', `attributes: ${length} bytes, over 65535`)
  const bytes = new Uint8Array(HEADER_BYTES + length)
  const view = new DataView(bytes.buffer)
  bytes.set(encodeMessageHeader(message))
  view.setUint16(2, length)
  let offset = HEADER_BYTES
  for (const { type, value } of message.attributes) {
    if (!(type >= 0 && type <= 0xffff)) throw new StunError('STUN_INVALID_ARGUMENT', `attribute type ${type}`)
    view.setUint16(offset, type)
    view.setUint16(offset + 2, value.length)
    bytes.set(value, offset + 4)
    offset += 4 + padded(value.length)
  }
  return bytes
}

/** What may still follow each of these; anything else after them is to be ignored. RFC 8489 §14.5. */
const MAY_FOLLOW: ReadonlyMap<number, readonly number[]> = new Map([
  [AttributeType.MessageIntegrity, [AttributeType.MessageIntegritySha256, AttributeType.Fingerprint]],
  [AttributeType.MessageIntegritySha256, [AttributeType.Fingerprint]],
  [AttributeType.Fingerprint, []],
])

/** Leaves out attributes that no integrity attribute covers although one came before. RFC 8489 §14.5. */
function protectedAttributes(attributes: Iterable<Attribute>): Attribute[] {
  const kept: Attribute[] = []
  let allowed: readonly number[] | undefined
  for (const { type, value } of attributes) {
    if (allowed !== undefined && !allowed.includes(type)) continue
    allowed = MAY_FOLLOW.get(type) ?? allowed
    kept.push({ type, value })
  }
  return kept
}

/** Decodes one whole message: a datagram, or a frame of a stream. RFC 8489 §6.3, §11. */
export function decodeMessage(bytes: Uint8Array): Message {
  const attributes = protectedAttributes(walkAttributes(bytes))
  const { type, transactionId } = decodeHeader(bytes.subarray(0, HEADER_BYTES))
  const legacy = MAGIC_COOKIE.some((byte, i) => bytes[4 + i] !== byte)
  return {
    ...decodeMessageType(type),
    transactionId: legacy ? copyOf(bytes, 4, HEADER_BYTES) : transactionId,
    attributes,
  }
}

/** The value of the first attribute of a type: repeated ones are ignored. RFC 8489 §14. */
export function findAttribute(
  { attributes }: Pick<Message, 'attributes'>,
  type: number,
): Uint8Array | undefined {
  return attributes.find((attribute) => attribute.type === type)?.value
}
