import { familyOf, type TransportAddress } from '@p2pd/netif'
import { AttributeType, COMPREHENSION_OPTIONAL } from '../attributes/attribute-type.ts'
import { type ChangeRequest, encodeChangeRequest } from '../attributes/change-request.ts'
import { type ConnectBackOutcome, decodeConnectBackOutcome } from './connect-back.ts'
import { decodeErrorCode } from '../attributes/error-code.ts'
import { checkFingerprint } from '../attributes/fingerprint.ts'
import { canonicalIpAddress } from '../attributes/ip-address.ts'
import { decodeMappedAddress } from '../attributes/mapped-address.ts'
import { decodeMessage, encodeMessage, findAttribute, type Message } from '../message.ts'
import { MessageClass, Method } from '../message-type.ts'
import { encodePadding } from '../attributes/padding.ts'
import type { Attribute } from '../attributes/raw-attributes.ts'
import { encodeResponsePort } from '../attributes/response-port.ts'
import { StunError } from '../stun-error.ts'
import { decodeXorMappedAddress } from '../attributes/xor-mapped-address.ts'

/** Requests of a Binding request beside the mapping. RFC 5780 §7, `connect-back.ts`. */
export interface BindingRequest {
  /** Answer from another address or port. UDP only. RFC 5780 §7.2. */
  readonly changeRequest?: ChangeRequest
  /** Answer to this port of the sender's address. UDP only. RFC 5780 §7.5. */
  readonly responsePort?: number
  /** Try a TCP connection to the request's source. TCP only. */
  readonly connectBack?: Pick<ChangeRequest, 'changeIp'>
  /** Bytes of PADDING, to make the datagram larger than the path's MTU. RFC 5780 §7.6. */
  readonly paddingBytes?: number
}

/** The content of a Binding success response. RFC 8489 §12, RFC 5780 §6.1. */
export interface BindingResponse {
  /** The sender's address as the server saw it: XOR-MAPPED-ADDRESS, else MAPPED-ADDRESS. */
  readonly mapped: TransportAddress
  /** The source of the response. */
  readonly source: TransportAddress
  /** The server's other address and port (RFC 3489: CHANGED-ADDRESS). RFC 5780 §7.4. */
  readonly otherAddress?: TransportAddress
  /** The source of the response as the server reports it (RFC 3489: SOURCE-ADDRESS). RFC 5780 §7.3. */
  readonly responseOrigin?: TransportAddress
  readonly connectBack?: ConnectBackOutcome
}

/** Encodes a Binding request. Throws `STUN_INVALID_ARGUMENT`. RFC 8489 §6.1. */
export function encodeBindingRequest(transactionId: Uint8Array, request: BindingRequest = {}): Uint8Array {
  const { changeRequest, responsePort, connectBack, paddingBytes } = request
  const attributes: Attribute[] = []
  const add = (type: number, value: Uint8Array) => attributes.push({ type, value })
  if (changeRequest) add(AttributeType.ChangeRequest, encodeChangeRequest(changeRequest))
  if (responsePort !== undefined) add(AttributeType.ResponsePort, encodeResponsePort(responsePort))
  if (connectBack) {
    add(AttributeType.ConnectBack, encodeChangeRequest({ changeIp: connectBack.changeIp, changePort: true }))
  }
  if (paddingBytes !== undefined) add(AttributeType.Padding, encodePadding(paddingBytes))
  return encodeMessage({ class: MessageClass.Request, method: Method.Binding, transactionId, attributes })
}

/** Types below 0x8000 that a Binding response may have. RFC 8489 §12, RFC 5780 §7, RFC 3489 §11.2. */
const KNOWN: ReadonlySet<number> = new Set([
  AttributeType.MappedAddress,
  AttributeType.SourceAddress,
  AttributeType.ChangedAddress,
  AttributeType.Username,
  AttributeType.MessageIntegrity,
  AttributeType.ErrorCode,
  AttributeType.UnknownAttributes,
  AttributeType.ReflectedFrom,
  AttributeType.Realm,
  AttributeType.Nonce,
  AttributeType.MessageIntegritySha256,
  AttributeType.XorMappedAddress,
  AttributeType.Padding,
])

/** The types that must be understood and are not in `known`. RFC 8489 §6.3. */
export function unknownAttributes({ attributes }: Message, known: ReadonlySet<number>): number[] {
  const types = attributes.map(({ type }) => type)
  return [...new Set(types.filter((type) => type < COMPREHENSION_OPTIONAL && !known.has(type)))]
}

function findAddress(message: Message, ...types: readonly number[]): TransportAddress | undefined {
  const value = types.map((type) => findAttribute(message, type)).find((found) => found !== undefined)
  return value === undefined ? undefined : decodeMappedAddress(value)
}

function mappedAddress(message: Message): TransportAddress {
  const xored = findAttribute(message, AttributeType.XorMappedAddress)
  const mapped =
    xored === undefined
      ? findAddress(message, AttributeType.MappedAddress)
      : decodeXorMappedAddress(xored, message.transactionId)
  if (mapped === undefined) throw new StunError('STUN_MALFORMED', 'Binding response without a mapped address')
  return mapped
}

/** Throws the error of an error response. A redirection (300) is not followed. RFC 8489 §6.3.4. */
function throwErrorResponse(message: Message, source: TransportAddress): never {
  const value = findAttribute(message, AttributeType.ErrorCode)
  const { code, reason } =
    value === undefined ? { code: 500, reason: 'no ERROR-CODE' } : decodeErrorCode(value)
  // The text of the server goes to terminals and logs.
  const printable = reason.replace(/[^\x20-\x7e]/g, '?').slice(0, 128)
  throw new StunError('STUN_ERROR_RESPONSE', `${source.ip} answered ${code} ${printable}`, {
    errorCode: code,
  })
}

function decodeSuccess(message: Message, source: TransportAddress): BindingResponse {
  const unknown = unknownAttributes(message, KNOWN)
  if (unknown.length > 0) {
    const types = unknown.map((type) => `0x${type.toString(16).padStart(4, '0')}`).join(', ')
    throw new StunError('STUN_MALFORMED', `Binding response with unknown attributes ${types}`)
  }
  const otherAddress = findAddress(message, AttributeType.OtherAddress, AttributeType.ChangedAddress)
  const responseOrigin = findAddress(message, AttributeType.ResponseOrigin, AttributeType.SourceAddress)
  const connectBack = findAttribute(message, AttributeType.ConnectBack)
  return {
    mapped: mappedAddress(message),
    source,
    ...(otherAddress && { otherAddress }),
    ...(responseOrigin && { responseOrigin }),
    ...(connectBack && { connectBack: decodeConnectBackOutcome(connectBack) }),
  }
}

/** Decodes a packet; undefined when it is not a message, as any host may have sent it. */
function decodeOrIgnore(packet: Uint8Array): Message | undefined {
  try {
    return checkFingerprint(packet) === false ? undefined : decodeMessage(packet)
  } catch (error) {
    if (error instanceof StunError) return undefined
    throw error
  }
}

/**
 * Decodes the response to a Binding request of this transaction id; undefined for any other packet.
 * Throws `STUN_ERROR_RESPONSE`, or `STUN_MALFORMED` for a response without a valid mapping. RFC 8489 §6.3.3, §6.3.4.
 */
export function decodeBindingResponse(
  packet: Uint8Array,
  transactionId: Uint8Array,
  source: TransportAddress,
): BindingResponse | undefined {
  const message = decodeOrIgnore(packet)
  if (message === undefined || message.method !== Method.Binding) return undefined
  if (message.transactionId.length !== transactionId.length) return undefined
  if (!message.transactionId.every((byte, i) => byte === transactionId[i])) return undefined
  switch (message.class) {
    case MessageClass.SuccessResponse:
      return decodeSuccess(message, source)
    case MessageClass.ErrorResponse:
      return throwErrorResponse(message, source)
    default:
      return undefined
  }
}

/** Whether two transport addresses are equal, in any text form. Throws `STUN_INVALID_ARGUMENT`. */
export function sameSource(a: TransportAddress, b: TransportAddress): boolean {
  if (a.port !== b.port || familyOf(a.ip) !== familyOf(b.ip)) return false
  return a.ip === b.ip || canonicalIpAddress(a.ip) === canonicalIpAddress(b.ip)
}
