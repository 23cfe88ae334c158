import { type Clock, type RandomBytes, sleep, withDeadline } from '@p2pd/netif'
import type { BrokerConnection, ConnectBroker } from '@p2pd/signal-mqtt'

/** A broker that takes longer to connect counts as down; the others carry the pairing. */
const CONNECT_TIMEOUT_MS = 5000
/** The pause before a broker that has ended is tried again; doubled each time, and shortened by up to half at random. */
const FIRST_PAUSE_MS = 500
/** A code lives for ten minutes: a broker that is back within them is found. */
const LONGEST_PAUSE_MS = 15_000
/** A claim outlives a side that was killed by no more than the life of its code. */
const RETAINED = { retain: true, expiresInMs: 600_000 } as const

/** The parts of a link. */
export interface PairingBrokerOptions {
  readonly url: string
  readonly connect: ConnectBroker
  readonly clock: Clock
  readonly random: RandomBytes
}

/**
 * One broker of a pairing. When its connection ends it is made again, with the same subscriptions and retained messages: a
 * broker that was restarted has forgotten both.
 */
export class PairingBrokerLink {
  readonly #options: PairingBrokerOptions
  readonly #over = new AbortController()
  readonly #listeners = new Map<string, (payload: Uint8Array) => void>()
  readonly #retained = new Map<string, Uint8Array>()
  #failures = 0
  #current: Promise<BrokerConnection>

  constructor(options: PairingBrokerOptions) {
    this.#options = options
    this.#current = this.#open()
  }

  /** Resolves when the broker has the message. A retained one is published again on later connections. */
  async publish(
    topic: string,
    payload: Uint8Array,
    { retain = false }: { readonly retain?: boolean },
  ): Promise<void> {
    if (retain) this.#retained.set(topic, payload)
    await (await this.#current).publish(topic, payload, retain ? RETAINED : {})
  }

  /** Resolves when the broker has confirmed. Messages come from later connections, too, until `unsubscribe`. */
  async subscribe(topic: string, listener: (payload: Uint8Array) => void): Promise<void> {
    const connection = this.#current
    this.#listeners.set(topic, listener)
    await this.#listen(await connection, topic)
  }

  unsubscribe(topic: string): void {
    this.#listeners.delete(topic)
  }

  async close(): Promise<void> {
    this.#over.abort()
    const connection = await this.#current.catch(() => undefined) // A broker that is down has nothing to close.
    await connection?.close()
  }

  #open(): Promise<BrokerConnection> {
    const opened = this.#connect()
    opened.then(
      (connection) => connection.onEnd(() => void this.#openAgain()),
      () => void this.#openAgain(),
    )
    return opened
  }

  async #connect(): Promise<BrokerConnection> {
    const { url, connect, clock } = this.#options
    const deadline = { clock, timeoutMs: CONNECT_TIMEOUT_MS, signal: this.#over.signal }
    // Topics that are wanted while the broker is dialled are subscribed to by whoever wants them.
    const topics = [...this.#listeners.keys()]
    const connection = await withDeadline(deadline, (ending) => connect(url, ending))
    try {
      for (const topic of topics) await this.#listen(connection, topic)
      for (const [topic, payload] of this.#retained) await connection.publish(topic, payload, RETAINED)
      return connection
    } catch (error) {
      await connection.close()
      throw error
    }
  }

  async #listen(connection: BrokerConnection, topic: string): Promise<void> {
    await connection.subscribe(topic, (payload) => this.#listeners.get(topic)?.(payload))
  }

  async #openAgain(): Promise<void> {
    const { clock, random } = this.#options
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures++)
    const jitter = (random(1)[0] ?? 0) / 255
    await sleep(clock, pause * (0.5 + jitter / 2), this.#over.signal).then(
      () => void (this.#current = this.#open()),
      () => {}, // The pairing has ended.
    )
  }
}
