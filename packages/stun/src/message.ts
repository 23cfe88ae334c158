import { AttributeType } from './attributes/attribute-type.ts'
import { type Attribute, padded, walkAttributes } from './attributes/raw-attributes.ts'
import { decodeHeader, encodeHeader, HEADER_BYTES, type MessageHeader } from './message-header.ts'
import { StunError } from './stun-error.ts'

/** A STUN message: attributes are raw, each has its own codec. RFC 8489 §5. */
export interface Message extends MessageHeader {
  /** In the order of the wire, without those that follow the integrity attributes. */
  readonly attributes: readonly Attribute[]
}

/** Encodes a message, padding attributes with zeros. Throws `STUN_INVALID_ARGUMENT`. RFC 8489 §5. */
export function encodeMessage(message: Message): Uint8Array {
  const length = message.attributes.reduce((sum, { value }) => sum + 4 + padded(value.length), 0)
  const header = encodeHeader(message, length)
  const bytes = new Uint8Array(HEADER_BYTES + length)
  const view = new DataView(bytes.buffer)
  bytes.set(header)
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

/** The types that may follow each of these; a receiver ignores any other. RFC 8489 §14.5. */
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

/** Decodes one whole message: a datagram, or a frame of a stream. Throws `STUN_MALFORMED`. RFC 8489 §6.3, §11. */
export function decodeMessage(bytes: Uint8Array): Message {
  return { ...decodeHeader(bytes), attributes: protectedAttributes(walkAttributes(bytes)) }
}

/** The value of the first attribute of a type: repeated ones are ignored. RFC 8489 §14. */
export function findAttribute(
  { attributes }: Pick<Message, 'attributes'>,
  type: number,
): Uint8Array | undefined {
  return attributes.find((attribute) => attribute.type === type)?.value
}
