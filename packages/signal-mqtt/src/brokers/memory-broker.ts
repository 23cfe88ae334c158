import type { BrokerConnection, ConnectBroker, PublishOptions } from './broker.ts'
import { type Clock, sleep } from '@p2pd/netif'

/** A message on its way through a broker. */
export interface Delivery {
  readonly topic: string
  readonly payload: Uint8Array
}

/** How an in-memory broker behaves. */
export interface MemoryBrokerOptions {
  /** Times `delayMs`. @default everything arrives in the next microtask */
  readonly clock?: Clock
  /** One way between a client and this broker. @default 0 */
  readonly delayMs?: number
  /** Whether it keeps retained messages; if not, it drops them without a word. @default true */
  readonly retains?: boolean
  /** The messages to deliver when one comes in: two copies, none, another one. @default the message */
  readonly deliver?: (delivery: Delivery) => readonly Delivery[]
}

/** A broker without a network, for simulations and tests. */
export class MemoryBroker {
  readonly #options: MemoryBrokerOptions
  readonly #connections = new Set<MemoryConnection>()
  readonly #retained = new Map<string, Uint8Array>()
  #running = true

  constructor(options: MemoryBrokerOptions = {}) {
    this.#options = options
  }

  /** Connects, or rejects while the broker is stopped. */
  async connect(): Promise<BrokerConnection> {
    // The handshake of TCP. CONNECT travels along with the first requests. MQTT 5.0 §3.1.4.
    await this.travel(2)
    if (!this.#running) throw new Error('connection refused')
    const connection = new MemoryConnection(this, () => this.#connections.delete(connection))
    this.#connections.add(connection)
    return connection
  }

  /** Ends all connections and refuses new ones until `start`. The retained messages are lost. */
  stop(): void {
    this.#running = false
    this.#retained.clear()
    for (const connection of this.#connections) connection.end('connection lost')
    this.#connections.clear()
  }

  start(): void {
    this.#running = true
  }

  /** Takes a message from a client, or from a test that plays a stranger. */
  publish(topic: string, payload: Uint8Array, options: PublishOptions = {}): void {
    if (options.retain && this.#options.retains !== false) {
      if (payload.length > 0) this.#retained.set(topic, payload)
      else this.#retained.delete(topic)
    }
    const deliveries = this.#options.deliver?.({ topic, payload }) ?? [{ topic, payload }]
    for (const delivery of deliveries) {
      for (const connection of this.#connections) void this.#deliver(connection, delivery)
    }
  }

  /** Sends what is retained to a new subscription. */
  sendRetained(connection: MemoryConnection, topic: string): void {
    const payload = this.#retained.get(topic)
    if (payload) void this.#deliver(connection, { topic, payload })
  }

  /** Resolves after so many ways between client and broker. */
  travel(ways: number): Promise<void> {
    const { clock, delayMs = 0 } = this.#options
    return clock === undefined ? Promise.resolve() : sleep(clock, ways * delayMs)
  }

  async #deliver(connection: MemoryConnection, { topic, payload }: Delivery): Promise<void> {
    if (!connection.hears(topic)) return
    await this.travel(1)
    // A copy: a listener that changes what it got must not change what others get.
    connection.take(topic, payload.slice())
  }
}

export class MemoryConnection implements BrokerConnection {
  readonly retains = true
  readonly #broker: MemoryBroker
  readonly #onClose: () => void
  readonly #subscriptions = new Map<string, Set<(payload: Uint8Array) => void>>()
  #onEnd: ((reason: string) => void) | undefined
  #open = true

  constructor(broker: MemoryBroker, onClose: () => void) {
    this.#broker = broker
    this.#onClose = onClose
  }

  hears(topic: string): boolean {
    return this.#subscriptions.has(topic)
  }

  take(topic: string, payload: Uint8Array): void {
    if (!this.#open) return
    for (const listener of this.#subscriptions.get(topic) ?? []) listener(payload)
  }

  async publish(topic: string, payload: Uint8Array, options?: PublishOptions): Promise<void> {
    await this.#reach()
    this.#broker.publish(topic, payload.slice(), options)
    await this.#broker.travel(1)
  }

  async subscribe(topic: string, listener: (payload: Uint8Array) => void): Promise<() => void> {
    await this.#reach()
    const listeners = this.#subscriptions.get(topic) ?? new Set()
    this.#subscriptions.set(topic, listeners.add(listener))
    this.#broker.sendRetained(this, topic)
    await this.#broker.travel(1)
    return () => {
      listeners.delete(listener)
      if (listeners.size > 0 || this.#subscriptions.get(topic) !== listeners) return
      this.#subscriptions.delete(topic)
    }
  }

  onEnd(listener: (reason: string) => void): void {
    this.#onEnd = listener
  }

  async close(): Promise<void> {
    this.#open = false
    this.#onClose()
  }

  end(reason: string): void {
    this.#open = false
    this.#onEnd?.(reason)
  }

  async #reach(): Promise<void> {
    await this.#broker.travel(1)
    if (!this.#open) throw new Error('connection lost')
  }
}

/** Connects to in-memory brokers by the URLs they are known under. */
export function connectMemory(brokers: ReadonlyMap<string, MemoryBroker>): ConnectBroker {
  return async (url) => {
    const broker = brokers.get(url)
    if (!broker) throw new Error('no such host')
    return broker.connect()
  }
}
