/**
 * STUN messages, client transactions and TCP framing.
 *
 * The package has a codec for messages and one for each attribute, two transaction machines, and drivers that run them
 * on the ports of `@p2pd/netif`. It does not classify NATs (`@p2pd/nat`), run a server (`@p2pd/infra`) or choose
 * credentials: it computes and checks MESSAGE-INTEGRITY with the key that it is given.
 *
 * ```ts
 * import { getUdpMapping } from '@p2pd/stun'
 * import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
 *
 * const ports = { network: systemNetwork, clock: systemClock, random: systemRandom }
 * const { mapped, socket } = await getUdpMapping(ports, { server: { ip: '203.0.113.1', port: 3478 } })
 * console.log(`${socket.local.port} is seen as ${mapped.ip}:${mapped.port}`)
 * socket.close()
 * ```
 *
 * RFC 8489 (STUN), RFC 5780 (behaviour discovery), RFC 7064 (URIs), answers of RFC 3489.
 *
 * @packageDocumentation
 */
export { AttributeType } from './attributes/attribute-type.ts'
export {
  type BindingRequest,
  type BindingResponse,
  decodeBindingResponse,
  encodeBindingRequest,
  sameSource,
  unknownAttributes,
} from './client/binding.ts'
export {
  type BindingRequestOptions,
  bindingRequest,
  type RequestOptions,
  type TcpBindingRequestOptions,
  tcpBindingRequest,
} from './client/binding-request.ts'
export { type ChangeRequest, decodeChangeRequest, encodeChangeRequest } from './attributes/change-request.ts'
export {
  ConnectBackOutcome,
  decodeConnectBackOutcome,
  encodeConnectBackOutcome,
} from './client/connect-back.ts'
export { driveStream } from './client/drive-stream.ts'
export { decodeErrorCode, ErrorCode, type ErrorCodeValue, encodeErrorCode } from './attributes/error-code.ts'
export { appendFingerprint, checkFingerprint } from './attributes/fingerprint.ts'
export {
  getTcpMapping,
  getUdpMapping,
  type MappingOptions,
  type MappingPorts,
  type TcpMapping,
  type UdpMapping,
} from './client/get-mapping.ts'
export { canonicalIpAddress, decodeIpAddress, encodeIpAddress } from './attributes/ip-address.ts'
export { decodeMappedAddress, encodeMappedAddress } from './attributes/mapped-address.ts'
export { decodeMessage, encodeMessage, findAttribute, type Message } from './message.ts'
export { appendMessageIntegrity, checkMessageIntegrity, type Hmac } from './attributes/message-integrity.ts'
export {
  appendMessageIntegritySha256,
  checkMessageIntegritySha256,
} from './attributes/message-integrity-sha256.ts'
export { isLegacy, type MessageHeader } from './message-header.ts'
export { MessageClass, Method } from './message-type.ts'
export { encodePadding } from './attributes/padding.ts'
export type { Attribute } from './attributes/raw-attributes.ts'
export { decodeResponsePort, encodeResponsePort } from './attributes/response-port.ts'
export { StunError, type StunErrorCode, type StunErrorOptions } from './stun-error.ts'
export { formatStunUri, parseStunUri, type StunUri } from './stun-uri.ts'
export { MessageFramer } from './tcp-framing.ts'
export { TcpTransaction } from './client/tcp-transaction.ts'
export { decodeText, encodeText } from './attributes/text.ts'
export { type Accept, type RetransmissionSchedule, Transaction } from './client/transaction.ts'
export type { Arrival, TransactionOptions } from './client/transaction.ts'
export { decodeUnknownAttributes, encodeUnknownAttributes } from './attributes/unknown-attributes.ts'
export { decodeXorMappedAddress, encodeXorMappedAddress } from './attributes/xor-mapped-address.ts'
