import { type BrokerConnection, checkBrokerUrl, type ConnectBroker } from './broker.ts'
import { BROKER_TIMEOUT_MS, BrokerLink, type BrokerStatus } from './broker-link.ts'
import type { SignalCrypto, SignalIdentity } from './crypto.ts'
import { abortable, withDeadline } from './deadline.ts'
import { Mailbox, MAX_LIFETIME_MS, type Moment } from './mailbox.ts'
import type { SignalRuntime } from './runtime.ts'
import { SignalError } from './signal-error.ts'
import { messageTopic } from './topic.ts'

/** A message is for the peer's attention now; by then a caller has given up. */
const DEFAULT_LIFETIME_MS = 60_000

/** What a `Signal` is made from. */
export interface SignalOptions {
  /** URLs: `mqtt://`, `mqtts://`, `ws://`, `wss://`; user and password as part of them. */
  readonly brokers: readonly string[]
  readonly identity: SignalIdentity
  readonly runtime: SignalRuntime
  readonly connect: ConnectBroker
  readonly crypto: SignalCrypto
  /** Told when a broker comes up or goes down. */
  readonly onBroker?: (status: BrokerStatus) => void
}

/** How a message is sent. */
export interface SendOptions {
  /** At most 300000. @default 60000 */
  readonly expiresInMs?: number
  readonly signal?: AbortSignal
}

/** Receives a message: whose it is, proven by a signature, and what it says. */
export type MessageListener = (from: Uint8Array, body: Uint8Array) => void

/** Messages between nodes that know each other's public keys, over brokers that learn neither. */
export interface Signal {
  /** Resolves once a broker is up; rejects with `SIGNAL_NO_BROKER`, naming each, when none is within 5 s. */
  ready(signal?: AbortSignal): Promise<void>
  /** Resolves when a broker has taken the message; that says nothing about the recipient. */
  send(to: Uint8Array, body: Uint8Array, options?: SendOptions): Promise<void>
  /** Listens for messages; returns what stops it. */
  onMessage(listener: MessageListener): () => void
  status(): readonly BrokerStatus[]
  close(): Promise<void>
}

/** Starts to connect to the brokers; `ready` tells when that has worked. Throws `SIGNAL_BAD_URL`. */
export function createSignal(options: SignalOptions): Signal {
  for (const url of options.brokers) checkBrokerUrl(url)
  return new BrokerSignal(options)
}

class BrokerSignal implements Signal {
  readonly #options: SignalOptions
  readonly #mailbox: Mailbox
  readonly #links: readonly BrokerLink[]
  readonly #listeners = new Set<MessageListener>()
  readonly #waiting = new Set<() => void>()
  #closed = false

  constructor(options: SignalOptions) {
    this.#options = options
    this.#mailbox = new Mailbox({ ...options, random: options.runtime.random }, options.runtime.clock.now())
    const topic = messageTopic(options.crypto, options.identity.publicKey)
    const onConnection = async (connection: BrokerConnection) => {
      await connection.subscribe(topic, (payload) => this.#receive(payload))
    }
    const { connect, runtime } = options
    const onStatus = (status: BrokerStatus) => this.#onStatus(status)
    this.#links = [...new Set(options.brokers)].map(
      (url) => new BrokerLink({ url, connect, runtime, onConnection, onStatus }),
    )
  }

  async ready(signal?: AbortSignal): Promise<void> {
    let stopWaiting = () => {}
    const settled = new Promise<void>((resolve, reject) => {
      const check = () => {
        const states = this.#links.map((link) => link.status.state)
        if (this.#closed || states.every((state) => state === 'down')) reject(this.#noBroker())
        else if (states.includes('up')) resolve()
      }
      this.#waiting.add(check)
      stopWaiting = () => this.#waiting.delete(check)
      check()
    })
    const { clock } = this.#options.runtime
    const inTime = withDeadline(settled, clock, BROKER_TIMEOUT_MS, () => this.#noBroker())
    await abortable(inTime, signal).finally(stopWaiting)
  }

  async send(to: Uint8Array, body: Uint8Array, options: SendOptions = {}): Promise<void> {
    const lifetime = options.expiresInMs ?? DEFAULT_LIFETIME_MS
    const envelope = this.#mailbox.seal(to, body, lifetime, this.#moment())
    await abortable(this.#publish(to, envelope, lifetime), options.signal)
  }

  onMessage(listener: MessageListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  status(): readonly BrokerStatus[] {
    return this.#links.map((link) => link.status)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#listeners.clear()
    for (const check of this.#waiting) check()
    await Promise.all(this.#links.map((link) => link.close()))
  }

  async #publish(to: Uint8Array, envelope: Uint8Array, expiresInMs: number): Promise<void> {
    const topic = messageTopic(this.#options.crypto, to)
    const copies = this.#links.map((link) =>
      link.use((connection) => connection.publish(topic, envelope, { expiresInMs })),
    )
    try {
      await Promise.any(copies)
    } catch (error) {
      throw this.#noBroker(error)
    }
  }

  #receive(payload: Uint8Array): void {
    const received = this.#mailbox.receive(payload, this.#moment())
    const { log } = this.#options.runtime
    switch (received.type) {
      case 'message':
        for (const listener of this.#listeners) listener(received.from, received.body)
        break
      case 'send':
        this.#publish(received.to, received.envelope, MAX_LIFETIME_MS).catch((error: unknown) =>
          log?.('notice-failed', { error }),
        )
        break
      case 'dropped':
        log?.('message-dropped', { reason: received.reason })
        break
    }
  }

  #onStatus(status: BrokerStatus): void {
    if (this.#closed) return
    this.#options.onBroker?.(status)
    for (const check of this.#waiting) check()
  }

  #moment(): Moment {
    const { clock, wallClock } = this.#options.runtime
    return { now: clock.now(), wall: wallClock() }
  }

  #noBroker(cause?: unknown): SignalError {
    if (this.#closed) return new SignalError('SIGNAL_CLOSED', 'signalling was closed')
    const each = this.status().map(({ url, state, reason }) => `${url}: ${reason ?? state}`)
    const why = each.length > 0 ? each.join('; ') : 'the list of brokers is empty'
    return new SignalError('SIGNAL_NO_BROKER', `no broker can be used (${why})`, { cause })
  }
}
