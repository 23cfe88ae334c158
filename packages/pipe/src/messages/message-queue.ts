import type { Clock } from '@p2pd/netif'
import type { Message, Predicate } from './pattern.ts'
import { PipeError } from '../pipe-error.ts'
import { type Bounds, checkBounds, Waiters } from './waiters.ts'

/**
 * The behaviour of a full queue. `pause` stops reading from the network until there is room (streams only).
 * `drop-oldest` and `drop-newest` lose a message and count it.
 */
export type Overflow = 'pause' | 'drop-oldest' | 'drop-newest'

/** When a queue is full. */
export interface QueueLimits {
  readonly limit: number
  readonly overflow: Overflow
}

/** Enough for a burst of small messages; a socket's default kernel buffer holds some 250 of them. */
export const DEFAULT_LIMIT = 1024
/** Sixteen of the largest chunks (64 KiB) that Node reads at once. */
export const MAX_QUEUED_BYTES = 1_048_576

/** Messages that nobody has taken yet, bounded in number and bytes, and the calls that wait for one. */
export class MessageQueue {
  readonly #messages: Message[] = []
  readonly #waiters: Waiters<Message>
  readonly #limits: QueueLimits
  readonly #onFull: (full: boolean) => void
  #bytes = 0
  #full = false
  #end: PipeError | undefined
  #isAtWork = false
  dropped = 0

  /** Calls `onFull` when a queue that pauses becomes full, and when half of it is free again. */
  constructor(clock: Clock, limits: QueueLimits, onFull: (full: boolean) => void) {
    this.#waiters = new Waiters(clock)
    this.#limits = limits
    this.#onFull = onFull
  }

  get size(): number {
    return this.#messages.length
  }

  get waiting(): number {
    return this.#waiters.count
  }

  /** Whether a call to `recv` got a message and no further call has come: the program may be at work on the answer. */
  get isAtWork(): boolean {
    return this.#isAtWork
  }

  /** Gives a message to a waiting call; false when none wants it. */
  offer(message: Message): boolean {
    const isTaken = this.#waiters.offer(message)
    if (isTaken) this.#isAtWork = true
    return isTaken
  }

  /** Keeps a message, or does what the limits say. */
  push(message: Message): void {
    if (this.#end !== undefined) return
    const { overflow } = this.#limits
    if (overflow === 'drop-newest' && this.#isOver(1, message.data.length)) {
      this.dropped++
      return
    }
    this.#messages.push(message)
    this.#bytes += message.data.length
    while (overflow === 'drop-oldest' && this.#messages.length > 1 && this.#isOver(0, 0)) this.#dropOldest()
    if (overflow === 'pause' && this.#isOver(1, 1)) this.#becomeFull()
  }

  /** Takes the first message that is wanted; the others stay, in order. */
  take(wants?: Predicate): Message | undefined {
    const at = wants === undefined ? 0 : this.#messages.findIndex(wants)
    const [message] = at < 0 ? [] : at === 0 ? [this.#messages.shift()] : this.#messages.splice(at, 1)
    if (message === undefined) return undefined
    this.#bytes -= message.data.length
    if (this.#full && this.#isHalfFree()) {
      this.#full = false
      this.#onFull(false)
    }
    return message
  }

  /** Takes a message or waits for one. */
  async recv(bounds: Bounds, wants?: Predicate): Promise<Message> {
    checkBounds(bounds, 'recv')
    const message = this.take(wants)
    this.#isAtWork = message !== undefined
    if (message !== undefined) return message
    if (this.#end !== undefined) throw this.#end
    if (bounds.timeoutMs === 0) throw new PipeError('PIPE_EMPTY', 'recv: nothing is queued')
    if (this.#full) throw this.#stuck()
    return this.#waiters.wait('recv', bounds, wants)
  }

  /** Ends the queue: what it holds can still be taken, then every call fails with `error`. */
  end(error: PipeError): void {
    this.#end ??= error
    this.#waiters.rejectAll(this.#end)
  }

  /** Takes everything. */
  drain(): Message[] {
    const all = this.#messages.splice(0)
    this.#bytes = 0
    if (this.#full) this.#onFull(false)
    this.#full = false
    this.#isAtWork = false
    return all
  }

  #isOver(moreMessages: number, moreBytes: number): boolean {
    const { limit } = this.#limits
    return this.#messages.length + moreMessages > limit || this.#bytes + moreBytes > MAX_QUEUED_BYTES
  }

  #isHalfFree(): boolean {
    return this.#messages.length <= this.#limits.limit / 2 && this.#bytes <= MAX_QUEUED_BYTES / 2
  }

  #dropOldest(): void {
    this.#bytes -= this.#messages.shift()?.data.length ?? 0
    this.dropped++
  }

  #becomeFull(): void {
    // Nothing more is read, so that what a waiting call wants cannot come any more.
    this.#waiters.rejectAll(this.#stuck())
    if (this.#full) return
    this.#full = true
    this.#onFull(true)
  }

  #stuck(): PipeError {
    const size = `${this.#messages.length} messages (${this.#bytes} bytes)`
    return new PipeError('PIPE_QUEUE_FULL', `recv: the queue is full of ${size}, none of them wanted`)
  }
}
