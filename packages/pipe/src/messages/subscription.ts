import type { Clock } from '@p2pd/netif'
import { MessageQueue, type QueueLimits } from './message-queue.ts'
import type { Message, Predicate } from './pattern.ts'
import { PipeError } from '../pipe-error.ts'
import { settled } from './pipe-events.ts'
import type { MessageHandler, Subscription } from '../pipe.ts'
import type { Bounds } from './waiters.ts'

/** Somebody who gets a copy of the messages that it wants. */
export interface Subscriber {
  readonly wants: Predicate
  /** Whether messages wait here or were taken a moment ago (`unread`), or a handler works on one. */
  readonly state: 'idle' | 'unread' | 'working'
  push(message: Message): void
  end(error: PipeError, discard: boolean): void
}

/** The calls of a subscriber to its inbox. */
export interface SubscriberPorts {
  readonly clock: Clock
  readonly limits: QueueLimits
  onFull(full: boolean): void
  /** Something was taken, or the end was seen. */
  onProgress(sawEnd: boolean): void
  onLeave(subscriber: Subscriber): void
  readonly report: (error: unknown) => void
}

/** A subscription that the program reads. */
export class QueuedSubscription implements Subscription, Subscriber {
  readonly wants: Predicate
  readonly #queue: MessageQueue
  readonly #ports: SubscriberPorts

  constructor(wants: Predicate, ports: SubscriberPorts) {
    this.wants = wants
    this.#ports = ports
    this.#queue = new MessageQueue(ports.clock, ports.limits, (full) => ports.onFull(full))
  }

  get dropped(): number {
    return this.#queue.dropped
  }

  get state(): 'idle' | 'unread' {
    return this.#queue.size > 0 || this.#queue.isAtWork ? 'unread' : 'idle'
  }

  push(message: Message): void {
    if (!this.#queue.offer(message)) this.#queue.push(message)
  }

  recv(bounds: Bounds = {}): Promise<Message> {
    return watched(this.#queue.recv(bounds), this.#ports)
  }

  [Symbol.asyncIterator](): AsyncIterator<Message> {
    return untilClosed(() => this.recv())
  }

  end(error: PipeError, discard: boolean): void {
    if (discard) this.#queue.drain()
    this.#queue.end(error)
  }

  close(): void {
    this.#ports.onLeave(this)
    this.end(new PipeError('PIPE_CLOSED', 'recv: the subscription is closed'), true)
  }
}

/** A subscription that calls a handler, one message after another. */
export class HandlerSubscription implements Subscriber {
  readonly wants: Predicate
  readonly #handler: MessageHandler
  readonly #queue: MessageQueue
  readonly #ports: SubscriberPorts
  #working = false

  constructor(wants: Predicate, handler: MessageHandler, ports: SubscriberPorts) {
    this.wants = wants
    this.#handler = handler
    this.#ports = ports
    this.#queue = new MessageQueue(ports.clock, ports.limits, (full) => ports.onFull(full))
  }

  get state(): 'idle' | 'working' {
    return this.#working || this.#queue.size > 0 ? 'working' : 'idle'
  }

  push(message: Message): void {
    if (this.#working) return this.#queue.push(message)
    this.#work(message)
  }

  /** Starts with what came before the handler did, but not while the program is still adding it. */
  start(waiting: readonly Message[]): void {
    if (waiting.length === 0) return
    for (const message of waiting) this.#queue.push(message)
    this.#working = true
    queueMicrotask(() => this.#goOn())
  }

  end(error: PipeError, discard: boolean): void {
    if (discard) this.#queue.drain()
    this.#queue.end(error)
  }

  #work(first: Message): void {
    this.#working = true
    let message: Message | undefined = first
    while (message !== undefined) {
      const pending = this.#call(message)
      if (pending !== undefined) {
        void pending.then(() => this.#goOn())
        return
      }
      message = this.#queue.size > 0 ? this.#queue.take() : undefined
    }
    this.#working = false
    this.#ports.onProgress(false)
  }

  /** As `invoke` does, without two functions for each message. */
  #call({ data, from }: Message): Promise<void> | undefined {
    try {
      return settled(this.#handler(data, from), this.#ports.report)
    } catch (error) {
      this.#ports.report(error)
      return undefined
    }
  }

  #goOn(): void {
    const message = this.#queue.take()
    if (message !== undefined) return this.#work(message)
    this.#working = false
    this.#ports.onProgress(false)
  }
}

/** Tells the inbox what becomes of a call to `recv`. */
export async function watched(
  message: Promise<Message>,
  { onProgress }: Pick<SubscriberPorts, 'onProgress'>,
): Promise<Message> {
  try {
    const received = await message
    onProgress(false)
    return received
  } catch (error) {
    onProgress(true)
    throw error
  }
}

/** Iterates until the pipe closes normally; an error ends the loop by being thrown. */
export async function* untilClosed(recv: () => Promise<Message>): AsyncGenerator<Message> {
  for (;;) {
    try {
      yield await recv()
    } catch (error) {
      if (error instanceof PipeError && error.code === 'PIPE_CLOSED') return
      throw error
    }
  }
}
