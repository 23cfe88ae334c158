import { type Allocate, joined } from '../frame/memory.ts'
import { INITIAL_CREDIT } from './receive-window.ts'
import { SessionError } from '../session-error.ts'

/** Bytes of a stream that go into one frame. */
export interface StreamPart {
  readonly offset: number
  readonly chunks: readonly Uint8Array[]
  readonly length: number
}

/** The rest of a write that is copied: so the next write joins it. */
const MAX_REST = 1024

/** The sending half of a stream: bytes not sent yet, the peer's credit, and the end. RFC 9000 §3.1. */
export class StreamSender {
  #chunks: Uint8Array[] = []
  #first = 0
  #pending = 0
  #offset = 0
  #limit = INITIAL_CREDIT
  #state: 'open' | 'ending' | 'ended' = 'open'

  /** Bytes that were written and not sent. */
  get pending(): number {
    return this.#pending
  }

  /** The end was asked for. */
  get isEnding(): boolean {
    return this.#state !== 'open'
  }

  /** The end was sent. */
  get isEnded(): boolean {
    return this.#state === 'ended'
  }

  /** Bytes that may be sent now. */
  get sendable(): number {
    return Math.min(this.#pending, this.#limit - this.#offset)
  }

  /** Only the end is left to be sent. */
  get isEndDue(): boolean {
    return this.#state === 'ending' && this.#pending === 0
  }

  write(chunks: readonly Uint8Array[]): void {
    if (this.#state !== 'open') throw new SessionError('SESSION_CLOSED', 'a write after the end')
    for (const chunk of chunks) {
      if (chunk.length === 0) continue
      this.#chunks.push(chunk)
      this.#pending += chunk.length
    }
  }

  end(): void {
    if (this.#state === 'open') this.#state = 'ending'
  }

  /** The peer grants more; an older grant changes nothing. */
  grant(limit: number): void {
    this.#limit = Math.max(this.#limit, limit)
  }

  /** Takes bytes to be sent. */
  take(maxBytes: number): StreamPart {
    const length = Math.min(this.sendable, maxBytes)
    const offset = this.#offset
    const chunks: Uint8Array[] = []
    for (let left = length; left > 0; ) {
      const chunk = this.#chunks[this.#first] as Uint8Array
      const part = chunk.length <= left ? chunk : chunk.subarray(0, left)
      chunks.push(part)
      left -= part.length
      if (part === chunk) this.#first++
      else this.#chunks[this.#first] = chunk.subarray(part.length)
    }
    if (this.#first === this.#chunks.length) this.#drop()
    this.#offset += length
    this.#pending -= length
    return { offset, chunks, length }
  }

  /** Copies a small rest, which then waits for its turn here. Returns whether nothing of the caller's is left. */
  takeRest(allocate: Allocate): boolean {
    if (this.#pending > MAX_REST) return false
    if (this.#pending === 0) return true
    const rest = joined(this.#chunks.slice(this.#first), this.#pending, allocate)
    this.#drop()
    this.#chunks = [rest]
    return true
  }

  /** The end was put into a frame. */
  takeEnd(): void {
    this.#state = 'ended'
  }

  /** Nothing more is sent, whatever was written. Returns how many bytes were dropped. */
  abort(): number {
    const dropped = this.#pending
    this.#drop()
    this.#pending = 0
    this.#state = 'ended'
    return dropped
  }

  #drop(): void {
    this.#chunks = []
    this.#first = 0
  }
}
