/**
 * Sealed, signed, de-duplicated messages between peers that know each other's public keys, over
 * several MQTT brokers at once.
 *
 * A broker learns topics (hashes of keys) and padded sizes, nothing else. It is not a transport for
 * data: messages are at most 16 KiB and a node takes 100 a second. Nothing is stored for who is not
 * there, and nothing tells the sender that the recipient has got a message.
 *
 * ```ts
 * import { identityFromSeed, openSignal } from '@p2pd/signal-mqtt/node'
 *
 * const signal = openSignal({ brokers: ['mqtt://192.0.2.1:1883'], identity: identityFromSeed(seed) })
 * await signal.ready()
 * signal.onMessage((from, body) => console.log(from, body))
 * await signal.send(peerPublicKey, new TextEncoder().encode('hello'))
 * ```
 *
 * HPKE is RFC 9180, Ed25519 is RFC 8032, X25519 is RFC 7748; MQTT is 3.1.1 and 5.0.
 *
 * @packageDocumentation
 */
export {
  type BrokerConnection,
  type ConnectBroker,
  type PublishOptions,
  redactUrl,
  type SubscribeOptions,
} from './brokers/broker.ts'
export { type DeliveryCheck, deliveryFault } from './brokers/delivery-fault.ts'
export type { BrokerHealth } from './brokers/broker-health.ts'
export type { BrokerStatus } from './brokers/broker-status.ts'
export type { Aead, HpkeSealInput, SignalCrypto, SignalIdentity } from './envelope/crypto.ts'
export {
  connectMemory,
  type Delivery,
  MemoryBroker,
  type MemoryBrokerOptions,
  type MemoryConnection,
} from './brokers/memory-broker.ts'
export type { DatedRecord } from './envelope/record.ts'
export type { Records } from './mailbox/record-store.ts'
export { brokersOf } from './brokers/rendezvous.ts'
export type { SignalRuntime } from './runtime.ts'
export {
  createSignal,
  type MessageListener,
  type SendOptions,
  type Signal,
  type SignalOptions,
} from './signal.ts'
export { SignalError, type SignalErrorCode } from './signal-error.ts'
export { messageTopic, recordTopic } from './envelope/topic.ts'
