/**
 * STUN messages, client transactions and TCP framing.
 *
 * A codec (each attribute has its own), two transaction machines without sockets or timers, and
 * drivers that run them on the ports of `@p2pd/netif`. It deliberately does not classify NATs
 * (`@p2pd/nat`), run a server (`@p2pd/infra`) or authenticate: MESSAGE-INTEGRITY is computed and
 * checked here, what credentials to use is for TURN to know.
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
export { AttributeType } from './attribute-type.ts'
export {
  type BindingRequest,
  type BindingResponse,
  decodeBindingResponse,
  encodeBindingRequest,
  sameSource,
  unknownAttributes,
} from './binding.ts'
export {
  type BindingRequestOptions,
  bindingRequest,
  type RequestOptions,
  type TcpBindingRequestOptions,
  tcpBindingRequest,
} from './binding-request.ts'
export { type ChangeRequest, decodeChangeRequest, encodeChangeRequest } from './change-request.ts'
export { ConnectBackOutcome, decodeConnectBackOutcome, encodeConnectBackOutcome } from './connect-back.ts'
export { driveStream } from './drive-stream.ts'
export { decodeErrorCode, ErrorCode, type ErrorCodeValue, encodeErrorCode } from './error-code.ts'
export { appendFingerprint, checkFingerprint } from './fingerprint.ts'
export {
  getTcpMapping,
  getUdpMapping,
  type MappingOptions,
  type MappingPorts,
  type TcpMapping,
  type UdpMapping,
} from './get-mapping.ts'
export { canonicalIpAddress, decodeIpAddress, encodeIpAddress } from './ip-address.ts'
export { decodeMappedAddress, encodeMappedAddress } from './mapped-address.ts'
export { decodeMessage, encodeMessage, findAttribute, isLegacy, type Message } from './message.ts'
export { appendMessageIntegrity, checkMessageIntegrity, type Hmac } from './message-integrity.ts'
export { appendMessageIntegritySha256, checkMessageIntegritySha256 } from './message-integrity-sha256.ts'
export { MessageClass, Method } from './message-type.ts'
export { encodePadding } from './padding.ts'
export type { Attribute } from './raw-attributes.ts'
export { decodeResponsePort, encodeResponsePort } from './response-port.ts'
export { StunError, type StunErrorCode, type StunErrorOptions } from './stun-error.ts'
export { formatStunUri, parseStunUri, type StunUri } from './stun-uri.ts'
export { MessageFramer } from './tcp-framing.ts'
export { TcpTransaction } from './tcp-transaction.ts'
export { decodeText, encodeText } from './text.ts'
export { type Accept, Transaction } from './transaction.ts'
export { decodeUnknownAttributes, encodeUnknownAttributes } from './unknown-attributes.ts'
export { decodeXorMappedAddress, encodeXorMappedAddress } from './xor-mapped-address.ts'
