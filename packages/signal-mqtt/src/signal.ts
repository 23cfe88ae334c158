import { checkBrokerUrl, type ConnectBroker } from './brokers/broker.ts'
import type { BrokerLink } from './brokers/broker-link.ts'
import type { BrokerStatus } from './brokers/broker-status.ts'
import { BrokerPool } from './brokers/broker-pool.ts'
import { deliveryFault } from './brokers/delivery-fault.ts'
import { MAX_BROKER_TIMEOUT_MS } from './brokers/connect-limit.ts'
import type { SignalCrypto, SignalIdentity } from './envelope/crypto.ts'
import { inTime, unlessAborted } from './deadline.ts'
import { Mailbox, MAX_LIFETIME_MS, type Moment } from './mailbox/mailbox.ts'
import { type Records, RecordStore } from './mailbox/record-store.ts'
import { type Repeatable, Repeats } from './mailbox/repeats.ts'
import type { SignalRuntime } from './runtime.ts'
import { SignalError } from './signal-error.ts'
import { messageTopic } from './envelope/topic.ts'

/** A message is for the peer's attention now; by then a caller has given up. */
const DEFAULT_LIFETIME_MS = 60_000

/** Copies of a message that are sent at once: one broker may be down, another out of the peer's reach. */
const COPIES = 3

/** The parts of a `Signal`. */
export interface SignalOptions {
  /** URLs: `mqtt://`, `mqtts://`, `ws://`, `wss://`; user and password as part of them. */
  readonly brokers: readonly string[]
  readonly identity: SignalIdentity
  readonly runtime: SignalRuntime
  readonly connect: ConnectBroker
  readonly crypto: SignalCrypto
  /** Called when a broker comes up or goes down. */
  readonly onBroker?: (status: BrokerStatus) => void
}

/** How a message is sent. */
export interface SendOptions {
  /** At most 300000. @default 60000 */
  readonly expiresInMs?: number
  /** An answer: who waits for it asks again, and no work is shown for it when it is repeated. @default false */
  readonly answer?: boolean
  readonly signal?: AbortSignal
}

/** Receives a message: whose it is, proven by a signature, and what it says. */
export type MessageListener = (from: Uint8Array, body: Uint8Array) => void

/** Messages between nodes that know each other's public keys, over brokers that learn neither. */
export interface Signal {
  /**
   * Resolves once a broker is up. Rejects with `SIGNAL_NO_BROKER`, which names each, when none is up within 4 s, or
   * within ten round trips where these take longer.
   */
  ready(signal?: AbortSignal): Promise<void>
  /**
   * Resolves when a broker has taken the message, which says nothing about the recipient. Rejects with `SIGNAL_NO_BROKER` or
   * `SIGNAL_CLOSED`.
   */
  send(to: Uint8Array, body: Uint8Array, options?: SendOptions): Promise<void>
  /**
   * Resolves when a message to a node can leave: one of its brokers is connected. A message that is sealed before grows old
   * meanwhile. Resolves as well when no broker can be reached, which `send` explains.
   */
  sendable(to: Uint8Array): Promise<void>
  /** Listens for messages; returns what stops it. */
  onMessage(listener: MessageListener): () => void
  /** How the brokers do that this node listens on. */
  status(): readonly BrokerStatus[]
  /** The records that nodes leave on their brokers for those who know their public key. */
  readonly records: Records
  /** To be called with all addresses of this host when they have changed: what hung on others is connected again. */
  networkChanged(ips: readonly string[]): void
  /**
   * To be called when a connection to a peer has fallen silent: a NAT may have forgotten those to brokers, too. A broker that
   * does not answer a ping within some round trips is connected again, and messages under way go by the new connection.
   */
  verifyBrokers(): void
  /** Takes the record back and ends all connections. */
  close(): Promise<void>
}

/** Starts to connect to the brokers; `ready` tells when that has worked. Throws `SIGNAL_BAD_URL`. */
export function createSignal(options: SignalOptions): Signal {
  for (const url of options.brokers) checkBrokerUrl(url)
  return new BrokerSignal(options)
}

class BrokerSignal implements Signal {
  readonly records: RecordStore
  readonly #options: SignalOptions
  readonly #mailbox: Mailbox
  readonly #pool: BrokerPool
  readonly #repeats: Repeats
  readonly #listeners = new Set<MessageListener>()
  readonly #waiting = new Set<() => void>()
  #closed = false

  constructor(options: SignalOptions) {
    const { crypto, identity, runtime } = options
    this.#options = options
    const publish = (message: Repeatable) => this.#publishCopies(message)
    this.#repeats = new Repeats({ clock: runtime.clock, crypto, publish })
    this.#mailbox = new Mailbox({ crypto, identity, random: runtime.random }, runtime.clock.now())
    const topic = messageTopic(crypto, identity.publicKey)
    this.#pool = new BrokerPool({
      urls: options.brokers,
      publicKey: identity.publicKey,
      crypto,
      connect: options.connect,
      runtime,
      onConnection: async (connection) => {
        await connection.subscribe(topic, (payload) => this.#receive(payload))
      },
      deliveryFault: (connection) => deliveryFault(connection, { ...runtime, topic }),
      onStatus: (link, status) => this.#onStatus(link, status),
    })
    this.records = new RecordStore(this.#pool, options)
  }

  async ready(signal?: AbortSignal): Promise<void> {
    let stopWaiting = () => {}
    const settled = new Promise<void>((resolve, reject) => {
      const check = () => {
        const states = this.#pool.home.map((link) => link.status.state)
        if (this.#closed || states.every((state) => state === 'down')) reject(this.#noBroker())
        else if (states.includes('up')) resolve()
      }
      this.#waiting.add(check)
      stopWaiting = () => this.#waiting.delete(check)
      check()
    })
    const { clock } = this.#options.runtime
    // Each broker has a limit of its own, which may grow.
    const bounds = { clock, timeoutMs: MAX_BROKER_TIMEOUT_MS, timedOut: () => this.#noBroker(), signal }
    await inTime(settled, bounds).finally(stopWaiting)
  }

  async send(to: Uint8Array, body: Uint8Array, options: SendOptions = {}): Promise<void> {
    if (this.#closed) throw this.#noBroker()
    const { expiresInMs = DEFAULT_LIFETIME_MS, answer = false } = options
    const envelope = this.#mailbox.seal(to, body, expiresInMs, this.#moment())
    const message = { to, envelope, expiresInMs }
    const cancelRepeat = answer ? this.#repeats.plan(message) : this.#repeats.planWithWork(message)
    await unlessAborted(this.#publish(message), options.signal).catch((error: unknown) => {
      cancelRepeat()
      throw error
    })
  }

  async sendable(to: Uint8Array): Promise<void> {
    if (this.#closed) return
    const opened = this.#pool.of(to).map((link) => link.opened())
    await Promise.any(opened).catch(() => {}) // `send` says why.
  }

  onMessage(listener: MessageListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  status(): readonly BrokerStatus[] {
    return this.#pool.home.map((link) => {
      const keepsRecord = this.records.keeps(link)
      return keepsRecord === undefined ? link.status : { ...link.status, keepsRecord }
    })
  }

  networkChanged(ips: readonly string[]): void {
    this.#pool.networkChanged(ips)
  }

  verifyBrokers(): void {
    this.#pool.verify()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#listeners.clear()
    this.#repeats.close()
    for (const check of this.#waiting) check()
    await this.records.close()
    await this.#pool.close()
  }

  /** To the most promising brokers at once, or, when those fail, to the others. */
  async #publish({ to, envelope, expiresInMs }: Repeatable): Promise<void> {
    const links = this.#pool.of(to)
    const [first, others] = [links.slice(0, COPIES), links.slice(COPIES)]
    const topic = messageTopic(this.#options.crypto, to)
    const publish = (some: readonly BrokerLink[]) =>
      Promise.any(some.map((link) => link.publish(topic, envelope, { expiresInMs })))
    try {
      await publish(first)
        .catch((error: unknown) => {
          if (others.length === 0) throw error
          return publish(others)
        })
        .catch(async (error: unknown) => {
          await Promise.any(links.map((link) => link.redial())).catch(() => Promise.reject(error))
          return publish(links)
        })
    } catch (error) {
      throw this.#noBroker(links, error)
    }
  }

  /**
   * Publishes once more, to all of the peer's brokers. The peer may be connecting again just now, be out of reach of the
   * brokers chosen, or be under a flood. The peer drops copies at the price of a hash.
   */
  #publishCopies({ to, envelope, expiresInMs }: Repeatable): void {
    const topic = messageTopic(this.#options.crypto, to)
    for (const link of this.#pool.of(to)) {
      link
        .publish(topic, envelope, { expiresInMs })
        .catch((error: unknown) => this.#log('copy-failed', { error }))
    }
  }

  #receive(payload: Uint8Array): void {
    const received = this.#mailbox.receive(payload, this.#moment())
    switch (received.type) {
      case 'message':
        this.#repeats.drop(received.from)
        for (const listener of this.#listeners) listener(received.from, received.body)
        break
      case 'send':
        this.#publish({ ...received, expiresInMs: MAX_LIFETIME_MS }).catch((error: unknown) =>
          this.#log('notice-failed', { error }),
        )
        break
      case 'dropped':
        this.#log('message-dropped', { reason: received.reason })
        break
    }
  }

  #onStatus(link: BrokerLink, status: BrokerStatus): void {
    if (this.#closed) return
    this.#options.onBroker?.(status)
    for (const check of this.#waiting) check()
    if (status.state === 'up') void this.records.publishTo(link)
  }

  #log(event: string, fields: object): void {
    this.#options.runtime.log?.(event, fields)
  }

  #moment(): Moment {
    const { clock, wallClock } = this.#options.runtime
    return { now: clock.now(), wall: wallClock() }
  }

  #noBroker(links = this.#pool.home, cause?: unknown): SignalError {
    if (this.#closed) return new SignalError('SIGNAL_CLOSED', 'signalling was closed')
    const each = cause instanceof AggregateError ? refusalsOf(cause) : statesOf(links)
    const why = each.length > 0 ? each.join('; ') : 'the list of brokers is empty'
    return new SignalError('SIGNAL_NO_BROKER', `no broker can be used (${why})`, { cause })
  }
}

function statesOf(links: readonly BrokerLink[]): string[] {
  return links.map(({ status: { url, state, reason } }) => `${url}: ${reason ?? state}`)
}

/** Brokers that are up may refuse a message all the same. Each error names its broker. */
function refusalsOf({ errors }: AggregateError): string[] {
  return errors.map((error: Error) => error.message.replace(/^broker /, ''))
}
