import type { TransportAddress } from '@p2pd/netif'
// @ts-expect-error: the package ships no types; those of what is used stand below
import untyped from 'stun'
import { AttributeType } from './attributes/attribute-type.ts'
import { canonicalIpAddress } from './attributes/ip-address.ts'
import { StunError } from './stun-error.ts'

// All that this library takes from the `stun` package: the message header and XORed addresses. Its
// integrity checks, attribute lists, error codes and retransmission fail the RFCs' own vectors and
// are not used. To replace it, rewrite these four functions.

interface StunMessage {
  readonly type: number
  readonly transactionId: Uint8Array
  addAttribute(type: number, address: string, port: number): unknown
  getAttribute(type: number): { readonly value: { address: string; port: number } } | undefined
  toBuffer(): Uint8Array
}

const stun = untyped as {
  createMessage(type: number, transactionId: Buffer): StunMessage
  decode(message: Buffer): StunMessage
}

/** Length of the header. RFC 8489 §5. */
export const HEADER_BYTES = 20

const ATTRIBUTE_HEADER_BYTES = 4

/** Any type will do where only an attribute of the message is wanted: this is a Binding success. */
const ANY_TYPE = 0x0101

/** Encodes the header of a message without attributes. */
export function encodeHeader(type: number, transactionId: Uint8Array): Uint8Array {
  return Uint8Array.from(stun.createMessage(type, Buffer.from(transactionId)).toBuffer())
}

/** Decodes the 20 bytes of a header; its length field is not looked at. */
export function decodeHeader(header: Uint8Array): { type: number; transactionId: Uint8Array } {
  const bytes = Buffer.from(header)
  bytes.writeUInt16BE(0, 2) // the package would look for the attributes
  const message = stun.decode(bytes)
  return { type: message.type, transactionId: Uint8Array.from(message.transactionId) }
}

/** Encodes the value of an XORed address. */
export function encodeXorAddress({ ip, port }: TransportAddress, transactionId: Uint8Array): Uint8Array {
  const message = stun.createMessage(ANY_TYPE, Buffer.from(transactionId))
  message.addAttribute(AttributeType.XorMappedAddress, ip, port)
  return Uint8Array.from(message.toBuffer().subarray(HEADER_BYTES + ATTRIBUTE_HEADER_BYTES))
}

/** Decodes the value of an XORed address whose length and family have been checked. */
export function decodeXorAddress(value: Uint8Array, transactionId: Uint8Array): TransportAddress {
  const message = Buffer.alloc(HEADER_BYTES + ATTRIBUTE_HEADER_BYTES + value.length)
  message.set(encodeHeader(ANY_TYPE, transactionId))
  message.writeUInt16BE(ATTRIBUTE_HEADER_BYTES + value.length, 2)
  message.writeUInt16BE(AttributeType.XorMappedAddress, HEADER_BYTES)
  message.writeUInt16BE(value.length, HEADER_BYTES + 2)
  message.set(value, HEADER_BYTES + ATTRIBUTE_HEADER_BYTES)
  const decoded = stun.decode(message).getAttribute(AttributeType.XorMappedAddress)?.value
  if (decoded === undefined) throw new StunError('STUN_MALFORMED', 'XORed address: not decoded')
  return { ip: canonicalIpAddress(decoded.address), port: decoded.port }
}
