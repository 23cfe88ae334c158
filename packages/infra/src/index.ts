/**
 * Servers for offline use and tests. They are a STUN server that answers the behaviour tests of RFC 5780, a TURN
 * server on its port, and an MQTT broker.
 *
 * They are bounded (connections, message sizes, rates) and meant for one machine or one lab. To serve many users,
 * run coturn and a broker made for it. The STUN server runs on the ports of `@p2pd/netif`, so a virtual Internet
 * can host it as well.
 *
 * ```ts
 * import { startInfra } from '@p2pd/infra'
 *
 * const infra = await startInfra({ hosts: ['127.0.0.1', '127.0.0.2'] })
 * console.log(JSON.stringify(infra.servers)) // a servers file
 * await infra.close()
 * ```
 *
 * RFC 8489 (STUN), RFC 5780 (behaviour discovery), RFC 3489 clients; RFC 8656, RFC 6062 (TURN); MQTT 3.1.1.
 *
 * @packageDocumentation
 */
export type { ConnectionLimitOptions } from './connection-limit.ts'
export { InfraError, type InfraErrorCode } from './infra-error.ts'
export { type MqttBroker, type MqttBrokerOptions, type MqttLimits, startMqttBroker } from './mqtt-broker.ts'
export type { RateLimitOptions } from './rate-limit.ts'
export { type Infra, type InfraOptions, type Servers, startInfra } from './start-infra.ts'
export { type StunLimits, type StunServer, type StunServerOptions, startStunServer } from './stun-server.ts'
export type { StunNetwork } from './stun-sockets.ts'
export type { TlsCertificate } from './nodejs/tls-server.ts'
export type { TurnUsers } from './turn/turn-authenticator.ts'
export type { TurnLimits } from './turn/turn-limits.ts'
export type { TurnOptions } from './turn/start-turn.ts'
