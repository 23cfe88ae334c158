import type { TransportAddress } from '@p2pd/netif'
import {
  type Attribute,
  AttributeType,
  appendFingerprint,
  checkFingerprint,
  type ConnectBackOutcome,
  decodeChangeRequest,
  decodeMessage,
  decodeResponsePort,
  ErrorCode,
  encodeConnectBackOutcome,
  encodeErrorCode,
  encodeMappedAddress,
  encodeMessage,
  encodePadding,
  encodeText,
  encodeUnknownAttributes,
  encodeXorMappedAddress,
  findAttribute,
  isLegacy,
  type Message,
  MessageClass,
  Method,
  StunError,
  unknownAttributes,
} from '@p2pd/stun'
import { isWildcard } from './hosts.ts'

/** The way that a request came in. */
export interface Arrival {
  readonly transport: 'udp' | 'tcp'
  readonly source: TransportAddress
  /** The server's address that it came to; the ip may be a wildcard. */
  readonly local: TransportAddress
  /** The server's other address and other port, when it has both. RFC 5780 §6.1. */
  readonly other: TransportAddress | undefined
}

/** The action that the server takes. */
export type Answer =
  | { type: 'reply'; data: Uint8Array; from: TransportAddress; to: TransportAddress }
  /** Dial the source, send `greeting` there, then reply `report(outcome)` on the request's connection. */
  | {
      type: 'connect-back'
      /** The address to dial from; undefined when the server has none. */
      fromIp: string | undefined
      greeting: Uint8Array
      report(outcome: ConnectBackOutcome): Uint8Array
    }

/** The server asks for no credentials, and ignores given ones. RFC 8489 §9. */
const CREDENTIALS: readonly number[] = [
  AttributeType.Username,
  AttributeType.MessageIntegrity,
  AttributeType.Realm,
  AttributeType.Nonce,
  AttributeType.MessageIntegritySha256,
  AttributeType.PasswordAlgorithm,
  AttributeType.Userhash,
]

/** Over TCP a response cannot come from another address, so fewer attributes are understood. RFC 5780 §7. */
const KNOWN_TCP: ReadonlySet<number> = new Set(CREDENTIALS)
const KNOWN_UDP: ReadonlySet<number> = new Set([
  ...CREDENTIALS,
  AttributeType.ResponsePort,
  AttributeType.Padding,
])

const SOFTWARE: Attribute = {
  type: AttributeType.Software,
  value: encodeText(AttributeType.Software, 'p2pd'),
}

/** The attributes of a request that the server cannot serve. RFC 8489 §6.3.1, RFC 5780 §6.1. */
function refusedAttributes(request: Message, { transport, other }: Arrival): number[] {
  const unknown = unknownAttributes(request, transport === 'udp' ? KNOWN_UDP : KNOWN_TCP)
  if (!unknown.includes(AttributeType.ChangeRequest)) return unknown
  // Old clients send it without a flag, which asks for nothing.
  const { changeIp, changePort } = changeRequest(request)
  const served = (!changeIp && !changePort) || (transport === 'udp' && other !== undefined)
  return served ? unknown.filter((type) => type !== AttributeType.ChangeRequest) : unknown
}

function changeRequest(request: Message): { changeIp: boolean; changePort: boolean } {
  const value = findAttribute(request, AttributeType.ChangeRequest)
  return value === undefined ? { changeIp: false, changePort: false } : decodeChangeRequest(value)
}

/** Encodes a response, with FINGERPRINT when the request had one. RFC 8489 §7.3. */
function encodeResponse(
  request: Message,
  messageClass: MessageClass,
  attributes: readonly Attribute[],
): Uint8Array {
  const message = encodeMessage({ ...request, class: messageClass, attributes })
  return findAttribute(request, AttributeType.Fingerprint) === undefined
    ? message
    : appendFingerprint(message)
}

/**
 * An error response. Values of RFC 3489 have no padding: spaces fill up text, and repetition fills up lists.
 * RFC 3489 §11.2.9, §11.2.10.
 */
function errorResponse(
  request: Message,
  code: number,
  reason: string,
  unknown: readonly number[] = [],
): Uint8Array {
  const legacy = isLegacy(request)
  const phrase = legacy ? reason.padEnd(Math.ceil(reason.length / 4) * 4) : reason
  const types = legacy && unknown.length % 2 === 1 ? [...unknown, ...unknown.slice(-1)] : unknown
  const attributes = [
    { type: AttributeType.ErrorCode as number, value: encodeErrorCode({ code, reason: phrase }) },
  ]
  if (types.length > 0) {
    attributes.push({ type: AttributeType.UnknownAttributes, value: encodeUnknownAttributes(types) })
  }
  return encodeResponse(request, MessageClass.ErrorResponse, [...attributes, SOFTWARE])
}

/**
 * The addresses in a success response, as attributes of the RFC that the request follows. RFC 8489 §12,
 * RFC 5780 §6.1, RFC 3489 §8.1.
 */
function addresses(request: Message, arrival: Arrival, from: TransportAddress): Attribute[] {
  const legacy = isLegacy(request)
  const { source, other } = arrival
  const plain = (type: number, address: TransportAddress) => ({ type, value: encodeMappedAddress(address) })
  const attributes = legacy
    ? [plain(AttributeType.MappedAddress, source)]
    : [{ type: AttributeType.XorMappedAddress, value: encodeXorMappedAddress(source, request.transactionId) }]
  const { SourceAddress, ResponseOrigin, ChangedAddress, OtherAddress } = AttributeType
  if (!isWildcard(from.ip)) attributes.push(plain(legacy ? SourceAddress : ResponseOrigin, from))
  if (other !== undefined) attributes.push(plain(legacy ? ChangedAddress : OtherAddress, other))
  return attributes
}

function successResponse(
  request: Message,
  arrival: Arrival,
  from: TransportAddress,
  extra: readonly Attribute[] = [],
): Uint8Array {
  const attributes = [...addresses(request, arrival, from), ...extra, SOFTWARE]
  return encodeResponse(request, MessageClass.SuccessResponse, attributes)
}

/** The requested padding, as long as that of the request, so that the server does not amplify. RFC 5780 §7.6. */
function paddingOf(request: Message): Attribute[] {
  const padding = findAttribute(request, AttributeType.Padding)
  return padding === undefined ? [] : [{ type: AttributeType.Padding, value: encodePadding(padding.length) }]
}

function answerUdp(request: Message, arrival: Arrival): Answer {
  const { source, local } = arrival
  const other = arrival.other ?? local
  const { changeIp, changePort } = changeRequest(request)
  const from = { ip: (changeIp ? other : local).ip, port: (changePort ? other : local).port }
  const responsePort = findAttribute(request, AttributeType.ResponsePort)
  const padding = paddingOf(request)
  if (responsePort !== undefined && padding.length > 0) {
    // Together they would send large packets to a port that did not ask for them. RFC 5780 §6.1.
    return {
      type: 'reply',
      data: errorResponse(request, ErrorCode.BadRequest, 'Bad Request'),
      from: local,
      to: source,
    }
  }
  const port = responsePort === undefined ? source.port : decodeResponsePort(responsePort)
  const data = successResponse(request, arrival, from, padding)
  return { type: 'reply', data, from, to: { ip: source.ip, port } }
}

function answerTcp(request: Message, arrival: Arrival): Answer {
  const { source, local, other } = arrival
  const connectBack = findAttribute(request, AttributeType.ConnectBack)
  if (connectBack === undefined) {
    return { type: 'reply', data: successResponse(request, arrival, local), from: local, to: source }
  }
  const { changeIp } = decodeChangeRequest(connectBack)
  return {
    type: 'connect-back',
    fromIp: changeIp ? other?.ip : local.ip,
    greeting: successResponse(request, arrival, local),
    report: (outcome) => {
      const value = encodeConnectBackOutcome(outcome)
      return successResponse(request, arrival, local, [{ type: AttributeType.ConnectBack, value }])
    },
  }
}

/** A request, or undefined for bytes that get no response; two servers must not answer each other. RFC 8489 §6.3. */
function decodeRequest(bytes: Uint8Array): Message | undefined {
  try {
    const message = decodeMessage(bytes)
    if (message.class !== MessageClass.Request || checkFingerprint(bytes) === false) return undefined
    return message
  } catch (error) {
    if (error instanceof StunError) return undefined
    throw error
  }
}

/** The action for the received bytes: pure, and defined for any bytes. RFC 8489 §6.3.1, RFC 5780 §6.1. */
export function answer(bytes: Uint8Array, arrival: Arrival): Answer | undefined {
  const request = decodeRequest(bytes)
  if (request === undefined) return undefined
  const reply = (data: Uint8Array): Answer => ({
    type: 'reply',
    data,
    from: arrival.local,
    to: arrival.source,
  })
  try {
    if (request.method !== Method.Binding)
      return reply(errorResponse(request, ErrorCode.BadRequest, 'Bad Request'))
    const refused = refusedAttributes(request, arrival)
    if (refused.length > 0) {
      return reply(errorResponse(request, ErrorCode.UnknownAttribute, 'Unknown Attribute', refused))
    }
    return arrival.transport === 'udp' ? answerUdp(request, arrival) : answerTcp(request, arrival)
  } catch (error) {
    if (!(error instanceof StunError)) throw error
    return reply(errorResponse(request, ErrorCode.BadRequest, 'Bad Request'))
  }
}
