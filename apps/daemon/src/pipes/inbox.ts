import type { Duplex } from 'node:stream'
import { DaemonError } from '../daemon-error.ts'
import { type Message, MessageQueue, type WaitOptions, type Wants } from './message-queue.ts'

/** More than a client has kinds of messages; each costs a pattern for every message. */
const MAX_SUBSCRIPTIONS = 64

interface Subscription {
  readonly wants: Wants | undefined
  readonly queue: MessageQueue
}

/**
 * The messages of a stream, copied into each subscription that wants them; a message that no subscription wants is dropped.
 * The stream pauses while all subscriptions that wanted its last message are full. As long as one of them has room, the full
 * ones lose their oldest messages: a subscription without a reader stops nobody else.
 */
export class Inbox {
  readonly #stream: Duplex
  readonly #message: (data: Uint8Array) => Message
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #receive = (data: Uint8Array) => this.#deliver(data)
  #hasEnded = false
  #isReleased = false

  /** `message` says where the bytes come from, at the moment at which they come. */
  constructor(stream: Duplex, message: (data: Uint8Array) => Message) {
    this.#stream = stream
    this.#message = message
    stream.on('data', this.#receive)
  }

  /** Adds a subscription, unless there is one under this key. */
  subscribe(key: string, wants?: Wants): void {
    if (this.#subscriptions.has(key)) return
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS) {
      throw new DaemonError('DAEMON_BUSY', `a pipe has at most ${MAX_SUBSCRIPTIONS} subscriptions`)
    }
    this.#subscriptions.set(key, { wants, queue: new MessageQueue() })
  }

  /** Removes a subscription; false when there is none. */
  unsubscribe(key: string): boolean {
    const subscription = this.#subscriptions.get(key)
    subscription?.queue.end()
    const removed = this.#subscriptions.delete(key)
    this.#resume()
    return removed
  }

  has(key: string): boolean {
    return this.#subscriptions.has(key)
  }

  /** Messages that wait, over all subscriptions. */
  get unread(): number {
    return [...this.#subscriptions.values()].reduce((sum, { queue }) => sum + queue.size, 0)
  }

  /** Messages that were lost, over all subscriptions. */
  get dropped(): number {
    return [...this.#subscriptions.values()].reduce((sum, { queue }) => sum + queue.dropped, 0)
  }

  /** Takes a message of a subscription, or waits for one; undefined when none came in time. */
  async recv(key: string, { timeoutMs, wants, signal }: WaitOptions): Promise<Message | undefined> {
    const queue = this.#subscriptions.get(key)?.queue
    const message = queue?.take(wants)
    this.#resume()
    if (message !== undefined || timeoutMs === 0 || this.#hasEnded) return message
    return queue?.wait({ timeoutMs, wants, signal })
  }

  /** Nothing more comes: calls that wait get nothing, and what is queued can still be taken. */
  end(): void {
    this.#hasEnded = true
    for (const { queue } of this.#subscriptions.values()) queue.end()
  }

  /** Stops reading, and gives up what one subscription holds. */
  release(key: string): Message[] {
    this.#isReleased = true
    this.#stream.off('data', this.#receive)
    this.#stream.pause()
    const messages = this.#subscriptions.get(key)?.queue.drain() ?? []
    this.end()
    this.#subscriptions.clear()
    return messages
  }

  #deliver(data: Uint8Array): void {
    const message = this.#message(data)
    const queues = [...this.#subscriptions.values()].flatMap(({ wants, queue }) =>
      wants === undefined || wants(message) ? queue : [],
    )
    for (const queue of queues) queue.push(message)
    if (queues.length === 0) return
    if (queues.every((queue) => queue.isFull)) this.#stream.pause()
    else for (const queue of queues) queue.makeRoom()
  }

  #resume(): void {
    const queues = [...this.#subscriptions.values()].map(({ queue }) => queue)
    const hasRoom = queues.length === 0 || queues.some((queue) => !queue.isFull)
    if (hasRoom && !this.#isReleased && this.#stream.isPaused()) this.#stream.resume()
  }
}
