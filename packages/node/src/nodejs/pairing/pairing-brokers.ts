import { abortable, withDeadline } from '@p2pd/netif'
import { systemClock, systemRandom } from '@p2pd/netif/node'
import { brokersOf } from '@p2pd/signal-mqtt'
import { mqttConnector, nodeCrypto } from '@p2pd/signal-mqtt/node'
import { createHash } from 'node:crypto'
import { NodeError } from '../../node-error.ts'
import { PairingBrokerLink } from '../../pairing/pairing-broker-link.ts'
import type { PairingBroker } from '../../pairing/run-pairing.ts'

/** How long the last messages may take to reach the brokers. */
const FLUSH_MS = 1000

/** The brokers of one pairing, as one: every message goes to all of them, and comes from the first that has it. */
export class PairingBrokers implements PairingBroker {
  readonly #links: readonly PairingBrokerLink[]
  readonly #underWay = new Set<Promise<unknown>>()

  /** Connects to the brokers that a code's number chooses from a list. */
  constructor(urls: readonly string[], number: number) {
    const chosen = brokersOf(nodeCrypto, createHash('sha256').update(`p2pd pairing ${number}`).digest(), urls)
    const connect = mqttConnector()
    const ports = { connect, clock: systemClock, random: systemRandom }
    this.#links = chosen.map((url) => new PairingBrokerLink({ url, ...ports }))
  }

  async publish(topic: string, payload: Uint8Array, options: { readonly retain?: boolean }): Promise<void> {
    const taken = this.#links.map((link) => link.publish(topic, payload, options))
    const all = Promise.allSettled(taken)
    this.#underWay.add(all)
    void all.finally(() => this.#underWay.delete(all))
    await Promise.any(taken)
  }

  /** Resolves when one of the brokers has confirmed; the others follow. Fails with `NODE_NO_BROKER` when none does. */
  async subscribe(topic: string, listener: (payload: Uint8Array) => void): Promise<() => void> {
    try {
      await Promise.any(this.#links.map((link) => link.subscribe(topic, listener)))
    } catch (cause) {
      const [first] = (cause as AggregateError).errors as Error[]
      const why = first?.message ?? 'none is configured'
      throw new NodeError('NODE_NO_BROKER', `no broker carries the pairing: ${why}`, { cause })
    }
    return () => {
      for (const link of this.#links) link.unsubscribe(topic)
    }
  }

  /** Closes all connections once the brokers have what was published. */
  async close(): Promise<void> {
    const flushed = Promise.allSettled(this.#underWay)
    await withDeadline({ clock: systemClock, timeoutMs: FLUSH_MS }, (late) => abortable(flushed, late)).catch(
      () => {}, // The other brokers have the messages.
    )
    await Promise.all(this.#links.map((link) => link.close()))
  }
}
