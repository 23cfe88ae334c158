import type { TransportAddress } from '@p2pd/netif'

/** A piece of a pipe's bytes, as it arrived. */
export interface Message {
  readonly data: Uint8Array
  readonly from: TransportAddress
}

/** Tells whether a message is wanted. */
export type Wants = (message: Message) => boolean

/** Holds more than a client of P2PD sends between two calls of `recv`. */
const MAX_BYTES = 8 * 1024 * 1024
/** Tiny messages cost more than their bytes. */
const MAX_MESSAGES = 16_384

/** How long to wait, and for what. */
export interface WaitOptions {
  /** @default for ever */
  readonly timeoutMs?: number | undefined
  /** @default any message */
  readonly wants?: Wants | undefined
  readonly signal?: AbortSignal | undefined
}

interface Waiter {
  readonly wants: Wants | undefined
  settle(message: Message | undefined): void
}

/** Messages that wait for a client, and clients that wait for a message. */
export class MessageQueue {
  /** Lost, because the queue was full and another queue of the pipe was not. */
  dropped = 0
  #messages: Message[] = []
  #bytes = 0
  readonly #waiters: Waiter[] = []

  get isFull(): boolean {
    return this.#bytes >= MAX_BYTES || this.#messages.length >= MAX_MESSAGES
  }

  get size(): number {
    return this.#messages.length
  }

  push(message: Message): void {
    const at = this.#waiters.findIndex(({ wants }) => wants === undefined || wants(message))
    const [waiter] = at < 0 ? [] : this.#waiters.splice(at, 1)
    if (waiter !== undefined) return waiter.settle(message)
    this.#messages.push(message)
    this.#bytes += message.data.length
  }

  /** Forgets the oldest messages until there is room for one. */
  makeRoom(): void {
    while (this.isFull) {
      this.take()
      this.dropped++
    }
  }

  /** Takes the first message that is wanted, if there is one. */
  take(wants?: Wants): Message | undefined {
    const at = wants === undefined ? 0 : this.#messages.findIndex(wants)
    const [message] = at < 0 ? [] : this.#messages.splice(at, 1)
    if (message !== undefined) this.#bytes -= message.data.length
    return message
  }

  /** Waits for a message; undefined when none came in time, or none comes any more. */
  wait({ timeoutMs, wants, signal }: WaitOptions): Promise<Message | undefined> {
    return new Promise((resolve) => {
      const settle = (message: Message | undefined) => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', giveUp)
        resolve(message)
      }
      const waiter = { wants, settle }
      const giveUp = () => {
        const at = this.#waiters.indexOf(waiter)
        if (at >= 0) this.#waiters.splice(at, 1)
        settle(undefined)
      }
      const timer = timeoutMs === undefined ? undefined : setTimeout(giveUp, timeoutMs)
      signal?.addEventListener('abort', giveUp)
      this.#waiters.push(waiter)
    })
  }

  /** Ends all waiting, without a message. */
  end(): void {
    for (const waiter of this.#waiters.splice(0)) waiter.settle(undefined)
  }

  /** Takes everything. */
  drain(): Message[] {
    const messages = this.#messages
    this.#messages = []
    this.#bytes = 0
    return messages
  }
}
