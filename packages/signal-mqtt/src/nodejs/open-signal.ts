import { createSignal, type Signal, type SignalOptions } from '../signal.ts'
import { mqttConnector } from './mqtt-connector.ts'
import { nodeCrypto } from './node-crypto.ts'
import { systemRuntime } from './system-runtime.ts'

/** The options of `openSignal`: brokers and an identity; the rest has defaults. */
export type OpenSignalOptions = Pick<SignalOptions, 'brokers' | 'identity' | 'onBroker'> & {
  /** @default the machine's */
  readonly runtime?: SignalOptions['runtime']
  /** @default MQTT over TCP, TLS and WebSocket, by `mqttConnector()` */
  readonly connect?: SignalOptions['connect']
}

/**
 * Starts signalling over MQTT. Throws `SIGNAL_BAD_URL`; that brokers are down is found out by `ready`,
 * and they are tried again and again until `close`.
 */
export function openSignal(options: OpenSignalOptions): Signal {
  return createSignal({
    runtime: systemRuntime,
    connect: mqttConnector({ isEarly: true }),
    crypto: nodeCrypto,
    ...options,
  })
}
