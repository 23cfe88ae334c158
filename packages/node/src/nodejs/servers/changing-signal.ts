import type { SignalRuntime } from '@p2pd/signal-mqtt'
import { openSignal } from '@p2pd/signal-mqtt/node'
import type { BrokerState, Records, Signal } from '../../signalling/signal.ts'
import type { PrivateIdentity } from '../identity.ts'
import { signalIdentityOf } from '../rehearsal/rehearse.ts'
import type { ServersInUse } from './servers-in-use.ts'

type OpenedSignal = ReturnType<typeof openSignal>

/** Signalling over MQTT whose brokers may be others later: those that listen here, and the record, move along. */
export class ChangingSignal implements Signal {
  readonly records: Records
  readonly #open: () => OpenedSignal
  readonly #stopWatching: () => void
  readonly #onMessages = new Set<Parameters<Signal['onMessage']>[0]>()
  readonly #onBrokers = new Set<(broker: BrokerState) => void>()
  readonly #brokers = new Map<string, BrokerState>()
  #record: Uint8Array | undefined
  #current: Promise<OpenedSignal>

  constructor(servers: ServersInUse, identity: PrivateIdentity, runtime: SignalRuntime) {
    let urls: readonly string[] = []
    this.#open = () => {
      urls = servers.current.mqtt
      const signal = openSignal({
        brokers: urls,
        identity: signalIdentityOf(identity),
        runtime,
        onBroker: (broker) => this.#onBroker(broker),
      })
      signal.onMessage((from, body) => {
        for (const listener of this.#onMessages) listener(from, body)
      })
      return signal
    }
    this.#current = Promise.resolve(this.#open())
    this.#stopWatching = servers.onChange(() => {
      if (servers.current.mqtt.join(' ') !== urls.join(' ')) this.#reopen()
    })
    this.records = {
      publish: async (body) => {
        this.#record = body
        await (await this.#current).records.publish(body)
      },
      fetch: async (owner, signal) => (await this.#current).records.fetch(owner, signal),
    }
  }

  async ready(): Promise<void> {
    await (await this.#current).ready()
  }

  async send(...message: Parameters<Signal['send']>): Promise<void> {
    await (await this.#current).send(...message)
  }

  async sendable(to: Uint8Array): Promise<void> {
    await (await this.#current).sendable(to)
  }

  onMessage(listener: Parameters<Signal['onMessage']>[0]): () => void {
    this.#onMessages.add(listener)
    return () => void this.#onMessages.delete(listener)
  }

  networkChanged(ips: readonly string[]): void {
    void this.#current.then((signal) => signal.networkChanged(ips))
  }

  verifyBrokers(): void {
    void this.#current.then((signal) => signal.verifyBrokers())
  }

  brokers(): readonly BrokerState[] {
    return [...this.#brokers.values()]
  }

  onBroker(listener: (broker: BrokerState) => void): () => void {
    this.#onBrokers.add(listener)
    return () => void this.#onBrokers.delete(listener)
  }

  async close(): Promise<void> {
    this.#stopWatching()
    await (await this.#current).close()
  }

  /** The old brokers first: a broker that stays would else lose the new record together with the old one. */
  #reopen(): void {
    this.#current = this.#current.then(async (old) => {
      await old.close()
      this.#brokers.clear()
      const signal = this.#open()
      if (this.#record !== undefined) signal.records.publish(this.#record).catch(() => {}) // Kept for the brokers to come.
      return signal
    })
  }

  #onBroker(broker: BrokerState): void {
    this.#brokers.set(broker.url, broker)
    for (const listener of this.#onBrokers) listener(broker)
  }
}
