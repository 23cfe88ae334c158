/**
 * A TURN client: sockets whose address is on a relay server.
 *
 * `allocate` gives a `UdpSocket`, `allocateTcp` a `TcpListener`, both ports of `@p2pd/netif`. So programs written on these
 * ports run through a relay unchanged. The server is reached over UDP, TCP or TLS. The allocation, its permissions and
 * its channels are renewed, and a lost allocation is made anew. The package chooses no servers and speaks no DTLS, OAuth
 * or mobility.
 *
 * ```ts
 * import { allocate } from '@p2pd/turn'
 * import { turnPorts } from '@p2pd/turn/node'
 *
 * const credentials = { username: 'u', password: 'p' }
 * const relay = await allocate(turnPorts, { server: 'turn:relay.example?transport=udp', credentials })
 * relay.onMessage((data, from) => relay.send(data, from))
 * await relay.permit('203.0.113.7')
 * console.log(relay.local) // the address that the peer sends to
 * relay.close()
 * ```
 *
 * RFC 8656 (TURN), RFC 6062 (TCP allocations), RFC 7065 (URIs), RFC 8489 §9.2 (long-term credentials).
 *
 * @packageDocumentation
 */
export {
  type Credentials,
  type CredentialSource,
  prepareOpaqueString,
  type TimeLimit,
  timeLimitedCredentials,
  type TurnCrypto,
} from './authentication/credentials.ts'
export type { RelayFamilies } from './client/allocate-request.ts'
export {
  decodeConnectionId,
  decodeDataIndication,
  decodePeerAddress,
  encodeDataIndication,
  encodeSendIndication,
} from './client/indications.ts'
export { checkTurnServer, type TurnServerCheck } from './relay/check-turn-server.ts'
export { allocate, type RelayedSocket } from './relay/relayed-socket.ts'
export { allocateTcp, type RelayedListener } from './relay/relayed-listener.ts'
export type { AllocateOptions, RelayChange, TurnPorts } from './relay/turn-ports.ts'
export { TurnError, type TurnErrorCode, type TurnErrorOptions } from './turn-error.ts'
export { formatTurnUri, parseTurnUri, type TurnUri } from './turn-uri.ts'
export {
  CHANNEL_HEADER_BYTES,
  type ChannelData,
  CHANNELS,
  decodeChannelData,
  encodeChannelData,
  isChannelData,
  LAST_LEGACY_CHANNEL,
} from './wire/channel-data.ts'
export {
  decodePasswordAlgorithms,
  encodePasswordAlgorithms,
  NONCE_WITH_ALGORITHMS,
  nonceOffersAlgorithms,
  type PasswordAlgorithm,
} from './wire/password-algorithms.ts'
export * from './wire/turn-attributes.ts'
export { TurnFramer } from './wire/turn-framer.ts'
