import type { Clock } from '@p2pd/netif'
import { DEFAULT_LIMIT, MessageQueue, type Overflow, type QueueLimits } from './message-queue.ts'
import { compileFilter, type Message } from './pattern.ts'
import { PipeError } from '../pipe-error.ts'
import type { MessageHandler, RecvOptions, SubscribeOptions, Subscription } from '../pipe.ts'
import {
  HandlerSubscription,
  QueuedSubscription,
  type Subscriber,
  type SubscriberPorts,
  watched,
} from './subscription.ts'

/** The services that an inbox needs from its pipe. */
export interface InboxPorts {
  readonly clock: Clock
  /** `pause` where the network can be made to wait. */
  readonly overflow: Overflow
  /** Asks for a pause of the network, or for its end. */
  flow(paused: boolean): void
  /** Reports the error that a handler threw. */
  report(error: unknown): void
}

/**
 * How long a peer that has closed its side gets an answer to its last messages. A program that has
 * taken a message may be at work on it, and nothing shows when it is done.
 */
const ANSWER_MS = 5000

/** Hands out what a pipe receives: to subscribers and waiting calls, or into its own queue. */
export class Inbox {
  readonly #ports: InboxPorts
  readonly #own: MessageQueue
  #subscribers: readonly Subscriber[] = []
  #fullQueues = 0
  #end: PipeError | undefined
  #onProgress: ((sawEnd: boolean) => void) | undefined
  #cancelTimer = () => {}

  constructor(ports: InboxPorts) {
    this.#ports = ports
    const limits = { limit: DEFAULT_LIMIT, overflow: ports.overflow }
    this.#own = new MessageQueue(ports.clock, limits, (full) => this.#countFull(full))
  }

  deliver(message: Message): void {
    let taken = false
    for (const subscriber of this.#subscribers) {
      if (subscriber.wants !== undefined && !subscriber.wants(message)) continue
      subscriber.push(message)
      taken = true
    }
    if (this.#own.waiting > 0 && this.#own.offer(message)) return
    if (!taken) this.#own.push(message)
  }

  recv(options: RecvOptions = {}): Promise<Message> {
    try {
      return watched(this.#own.recv(options, compileFilter(options)), {
        onProgress: (sawEnd) => this.#onProgress?.(sawEnd),
      })
    } catch (error) {
      return Promise.reject(error as PipeError)
    }
  }

  subscribe(options: SubscribeOptions = {}): Subscription {
    const subscription = new QueuedSubscription(compileFilter(options), this.#portsFor(options))
    for (const message of this.#join(subscription)) subscription.push(message)
    if (this.#end !== undefined) subscription.end(this.#end, false)
    return subscription
  }

  onMessage(handler: MessageHandler, options: SubscribeOptions = {}): () => void {
    const subscription = new HandlerSubscription(compileFilter(options), handler, this.#portsFor(options))
    subscription.start(this.#join(subscription))
    return () => this.#leave(subscription)
  }

  /** Gives up every message, for a reader of another kind; refused while somebody reads messages. */
  release(): Message[] {
    if (this.#subscribers.length > 0 || this.#own.waiting > 0) {
      throw new PipeError('PIPE_IN_USE', 'the stream: messages of the pipe are being read')
    }
    return this.#own.drain()
  }

  /** Nothing more comes. Queued messages can still be taken, unless `discard`. */
  end(error: PipeError, discard: boolean): void {
    // An end that comes after the end: nobody can be answered any more.
    if (this.#end !== undefined || discard) this.#stopWaiting()
    this.#end ??= error
    if (discard) this.#own.drain()
    this.#own.end(error)
    for (const subscriber of this.#subscribers) subscriber.end(error, discard)
  }

  /** Calls back when what had come at the end has been taken and, as far as can be known, answered. */
  whenAnswered(done: () => void): void {
    const { clock } = this.#ports
    const finish = () => {
      this.#stopWaiting()
      done()
    }
    const check = (sawEnd: boolean) => {
      this.#cancelTimer()
      if (this.#subscribers.some(({ state }) => state === 'working')) return
      if (sawEnd && !this.#isUnread()) return finish()
      this.#cancelTimer = clock.at(clock.now() + ANSWER_MS, finish)
    }
    if (!this.#isUnread()) {
      const isIdle = (subscriber: Subscriber) => subscriber.state === 'idle'
      if (this.#subscribers.every(isIdle)) return finish()
      // Handlers alone: their promises tell when they are done.
      this.#onProgress = () => {
        if (this.#subscribers.every(isIdle)) finish()
      }
      return
    }
    this.#onProgress = check
    check(false)
  }

  #stopWaiting(): void {
    this.#cancelTimer()
    this.#onProgress = undefined
  }

  #isUnread(): boolean {
    return (
      this.#own.size > 0 || this.#own.isAtWork || this.#subscribers.some(({ state }) => state === 'unread')
    )
  }

  /** Adds a subscriber; returns what has been waiting for it. */
  #join(subscriber: Subscriber): Message[] {
    this.#subscribers = [...this.#subscribers, subscriber]
    const waiting: Message[] = []
    for (;;) {
      const message = this.#own.take(subscriber.wants)
      if (message === undefined) return waiting
      waiting.push(message)
    }
  }

  #leave(subscriber: Subscriber): void {
    if (!this.#subscribers.includes(subscriber)) return
    this.#subscribers = this.#subscribers.filter((other) => other !== subscriber)
    subscriber.end(new PipeError('PIPE_CLOSED', 'recv: the subscription is closed'), true)
    this.#onProgress?.(false)
  }

  #portsFor(options: SubscribeOptions): SubscriberPorts {
    return {
      clock: this.#ports.clock,
      limits: this.#limitsOf(options),
      onFull: (full) => this.#countFull(full),
      onProgress: (sawEnd) => this.#onProgress?.(sawEnd),
      onLeave: (subscriber) => this.#leave(subscriber),
      report: (error) => this.#ports.report(error),
    }
  }

  #limitsOf({ limit = DEFAULT_LIMIT, overflow = this.#ports.overflow }: SubscribeOptions): QueueLimits {
    if (!Number.isInteger(limit) || limit < 1) {
      throw new PipeError('PIPE_INVALID_ARGUMENT', `a queue's limit is a whole number from 1: ${limit}`)
    }
    if (!OVERFLOWS.includes(overflow) || (overflow === 'pause' && this.#ports.overflow !== 'pause')) {
      throw new PipeError('PIPE_INVALID_ARGUMENT', `this pipe's queues cannot overflow by '${overflow}'`)
    }
    return { limit, overflow }
  }

  #countFull(full: boolean): void {
    const before = this.#fullQueues
    this.#fullQueues += full ? 1 : -1
    if (before === 0 || this.#fullQueues === 0) this.#ports.flow(this.#fullQueues > 0)
  }
}

const OVERFLOWS: readonly Overflow[] = ['pause', 'drop-oldest', 'drop-newest']
