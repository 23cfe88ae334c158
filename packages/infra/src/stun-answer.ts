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

/** How a request came in. */
export interface Arrival {
  readonly transport: 'udp' | 'tcp'
  readonly source: TransportAddress
  /** Which of the server's addresses it came to; its ip may be a wildcard. */
  readonly local: TransportAddress
  /** The server's other address and other port, when it has both. RFC 5780 §6.1. */
  readonly other: TransportAddress | undefined
}

/** What the server is to do. */
export type Answer =
  | { type: 'reply'; data: Uint8Array; from: TransportAddress; to: TransportAddress }
  /** Dial the source, send `greeting` there, then reply `report(outcome)` on the request's connection. */
  | {
      type: 'connect-back'
      /** Where to dial from; undefined when the server has no such address. */
      fromIp: string | undefined
      greeting: Uint8Array
      report(outcome: ConnectBackOutcome): Uint8Array
    }

/** Credentials are not asked for and, when given, not looked at. RFC 8489 §9. */
const CREDENTIALS: readonly number[] = [
  AttributeType.Username,
  AttributeType.MessageIntegrity,
  AttributeType.Realm,
  AttributeType.Nonce,
  AttributeType.MessageIntegritySha256,
  AttributeType.PasswordAlgorithm,
  AttributeType.Userhash,
]

/** Understood over TCP: a response there cannot come from elsewhere. RFC 5780 §7. */
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
  // Old clients send it with no flag set and mean nothing by it.
  const { changeIp, changePort } = changeRequest(request)
  const served = (!changeIp && !changePort) || (transport === 'udp' && other !== undefined)
  return served ? unknown.filter((type) => type !== AttributeType.ChangeRequest) : unknown
}

function changeRequest(request: Message): { changeIp: boolean; changePort: boolean } {
  const value = findAttribute(request, AttributeType.ChangeRequest)
  return value === undefined ? { changeIp: false, changePort: false } : decodeChangeRequest(value)
}

/** Encodes a response in the manner of its request: with FINGERPRINT when that had one. RFC 8489 §7.3. */
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

/** Values of RFC 3489 have no padding: text is filled up with spaces, lists by repetition. RFC 3489 §11.2.9, §11.2.10. */
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

/** What a success response tells, under the names of the request's RFC. RFC 8489 §12, RFC 5780 §6.1, RFC 3489 §8.1. */
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

/** The padding asked for, never more than came: the server does not amplify. RFC 5780 §7.6. */
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
    // Together they would make the server send large packets to a port that asked for none. RFC 5780 §6.1.
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

/** A request, or undefined for what gets no answer: answering answers would go on for ever. RFC 8489 §6.3. */
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

/** What a STUN server does about some bytes. Pure, total and of any bytes. RFC 8489 §6.3.1, RFC 5780 §6.1. */
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
