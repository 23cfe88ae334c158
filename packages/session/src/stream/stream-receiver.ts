import { type ExtraCredit, ReceiveWindow } from './receive-window.ts'
import { SessionError } from '../session-error.ts'
import { UnreadQueue } from './unread-queue.ts'

/** The receiving half of a stream: bytes in order and once, within the credit given. RFC 9000 §3.2. */
export class StreamReceiver {
  readonly #window: ReceiveWindow
  readonly #unread = new UnreadQueue()
  #offset = 0
  #isEnded = false
  #isEndRead = false

  constructor(extra: ExtraCredit, now: number) {
    this.#window = new ReceiveWindow(extra, now)
  }

  /** Bytes that have arrived and were not read. */
  get unread(): number {
    return this.#unread.bytes
  }

  /** The reader has seen the end. */
  get isEndRead(): boolean {
    return this.#isEndRead
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Takes bytes of a frame; what is there already is left out. */
  receive(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length
    if (offset > this.#offset) throw wrong(`bytes at ${offset} after ${this.#offset}`)
    if (end > this.#window.limit) throw wrong(`bytes to ${end} with credit to ${this.#window.limit}`)
    if (end <= this.#offset) return
    if (this.#isEnded) throw wrong('bytes after the end')
    this.#unread.push(offset === this.#offset ? bytes : bytes.subarray(this.#offset - offset))
    this.#offset = end
  }

  end(): void {
    if (this.#isEnded) throw wrong('a second end')
    this.#isEnded = true
  }

  /** The next bytes; null once at the end, undefined when there is nothing for now. */
  read(): Uint8Array | null | undefined {
    const chunk = this.#unread.shift()
    if (chunk !== undefined) return chunk
    if (!this.#isEnded || this.#isEndRead) return undefined
    this.#isEndRead = true
    return null
  }

  /** Whether the peer should be granted more credit. */
  get isCreditDue(): boolean {
    return !this.#isEnded && this.#window.isDue(this.#offset - this.#unread.bytes)
  }

  /** Grants more; returns the new limit. */
  grant(now: number, roundTripMs: number | undefined): number {
    return this.#window.grant(this.#offset - this.#unread.bytes, now, roundTripMs)
  }

  /** Drops what was not read. */
  close(): void {
    this.#unread.clear()
    this.#window.close()
  }
}

function wrong(what: string): SessionError {
  return new SessionError('SESSION_PROTOCOL', `a stream has ${what}`)
}
