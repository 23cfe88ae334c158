import type { Scheduler } from './scheduler.ts'

/** Receives the messages of a topic; the retained one comes first, with `retained` true. */
export type BrokerListener = (message: Uint8Array, retained: boolean) => void

/** Options of a message. */
export interface VirtualPublishOptions {
  /** Keeps the message for later subscribers, in place of the last one; an empty message clears it. @default false */
  readonly retain?: boolean
}

/** A host's connection to the broker. */
export interface BrokerClient {
  /** Settles when the broker has the message. Messages are not lost on the way, as over TCP. */
  publish(topic: string, message: Uint8Array, options?: VirtualPublishOptions): Promise<void>
  /** Settles when the broker has the subscription; the returned function ends it. */
  subscribe(topic: string, listener: BrokerListener): Promise<() => void>
  /** Calls the listener when the broker ends the connection. */
  onEnd(listener: (reason: string) => void): void
  close(): void
}

interface Subscription {
  readonly listener: BrokerListener
  readonly delayMs: number
}

/** A publish/subscribe broker in memory, with the delays of the network: signalling for simulations. */
export class VirtualBroker {
  readonly #scheduler: Scheduler
  readonly #delayMs: number
  readonly #topics = new Map<string, Set<Subscription>>()
  readonly #retained = new Map<string, Uint8Array>()
  readonly #ends = new Set<() => void>()
  /** A broker that is down accepts and delivers nothing. */
  up = true

  /** @internal */
  constructor(scheduler: Scheduler, delayMs: number) {
    this.#scheduler = scheduler
    this.#delayMs = delayMs
  }

  /** A connection from a host, or from any program with this delay to the Internet. */
  connect(from: { readonly delayToInternetMs: number }): BrokerClient {
    const delayMs = from.delayToInternetMs + this.#delayMs
    const own = new Set<() => void>()
    let onEnd = (_reason: string) => {}
    const end = () =>
      void this.#scheduler.at(this.#scheduler.now() + delayMs, () => onEnd('the broker ended'))
    this.#ends.add(end)
    return {
      publish: async (topic, message, { retain = false } = {}) => {
        const copy = message.slice()
        await this.#after(delayMs)
        this.#publish(topic, copy, retain)
        await this.#after(delayMs)
      },
      subscribe: async (topic, listener) => {
        const subscription = { listener, delayMs }
        await this.#after(delayMs)
        const stop = this.#subscribe(topic, subscription)
        own.add(stop)
        await this.#after(delayMs)
        return () => {
          own.delete(stop)
          stop()
        }
      },
      onEnd: (listener) => {
        onEnd = listener
      },
      close: () => {
        this.#ends.delete(end)
        for (const stop of own) stop()
      },
    }
  }

  /** Ends as a crash does: connections, subscriptions and retained messages are lost. `up` lets it start again. */
  crash(): void {
    this.up = false
    this.#topics.clear()
    this.#retained.clear()
    for (const end of this.#ends) end()
    this.#ends.clear()
  }

  #publish(topic: string, message: Uint8Array, retain: boolean): void {
    if (!this.up) return
    if (retain && message.length === 0) this.#retained.delete(topic)
    else if (retain) this.#retained.set(topic, message)
    for (const subscription of this.#topics.get(topic) ?? [])
      this.#deliver(topic, subscription, message, false)
  }

  #subscribe(topic: string, subscription: Subscription): () => void {
    const subscriptions = this.#topics.get(topic) ?? new Set()
    this.#topics.set(topic, subscriptions.add(subscription))
    const retained = this.#retained.get(topic)
    if (retained !== undefined && this.up) this.#deliver(topic, subscription, retained, true)
    return () => {
      subscriptions.delete(subscription)
      if (subscriptions.size === 0) this.#topics.delete(topic)
    }
  }

  #deliver(topic: string, subscription: Subscription, message: Uint8Array, retained: boolean): void {
    this.#scheduler.at(this.#scheduler.now() + subscription.delayMs, () => {
      if (this.#topics.get(topic)?.has(subscription)) subscription.listener(message.slice(), retained)
    })
  }

  #after(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#scheduler.at(this.#scheduler.now() + delayMs, resolve))
  }
}
