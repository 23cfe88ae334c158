import { type AcknowledgedFrame, decodeFrame, encodeFrame } from './acknowledged-frame.ts'
import { PipeError } from '../pipe-error.ts'
import { MOST_MS, RetransmissionTimeout } from './retransmission-timeout.ts'

/** An action that the machine asks its driver for. */
export type AcknowledgedOutput =
  | { readonly type: 'send'; readonly data: Uint8Array }
  | { readonly type: 'wake'; readonly at: number }
  | { readonly type: 'deliver'; readonly data: Uint8Array }
  | { readonly type: 'acknowledged'; readonly sequence: number }
  | { readonly type: 'gave-up'; readonly sequence: number }

/** Datagrams unacknowledged at once; 64 of 1200 bytes fit every socket's default buffer. */
export const WINDOW = 64
/** A peer that has restarted is a new session; delayed datagrams of a few old ones are still known. */
const MAX_SESSIONS = 4

interface Outgoing {
  readonly data: Uint8Array
  readonly firstSentAt: number
  lastSentAt: number
  timeoutMs: number
  tries: number
}

interface Incoming {
  base: number
  readonly delivered: Set<number>
}

/**
 * Datagrams delivered exactly once, in any order: sent again until acknowledged, for `giveUpMs`; known
 * again by session and sequence number. Owns no socket and no timer.
 */
export class AcknowledgedDatagrams {
  readonly #session: bigint
  readonly #giveUpMs: number
  readonly #timeout = new RetransmissionTimeout()
  /** In the order of their sequence numbers. */
  readonly #outgoing = new Map<number, Outgoing>()
  readonly #incoming = new Map<bigint, Incoming>()
  #next = 0

  /** `session` is random, so that a restarted program is not taken for its predecessor. */
  constructor(session: bigint, giveUpMs: number) {
    this.#session = session
    this.#giveUpMs = giveUpMs
  }

  /** Whether another datagram may be sent: the peer remembers a window's length. */
  get hasRoom(): boolean {
    return this.#next < this.#base + WINDOW
  }

  get #base(): number {
    for (const sequence of this.#outgoing.keys()) return sequence
    return this.#next
  }

  /** Sends a datagram; its sequence number comes back in an `acknowledged` or `gave-up`. */
  send(data: Uint8Array, now: number): { sequence: number; outputs: AcknowledgedOutput[] } {
    if (!this.hasRoom) throw new PipeError('PIPE_QUEUE_FULL', `${WINDOW} datagrams are unacknowledged`)
    const sequence = this.#next++
    const outgoing = { data, firstSentAt: now, lastSentAt: now, timeoutMs: this.#timeout.ms, tries: 1 }
    this.#outgoing.set(sequence, outgoing)
    return { sequence, outputs: [this.#frame(sequence, data), ...this.#alarm()] }
  }

  /** Sends again what is due, gives up what is too old. */
  wake(now: number): AcknowledgedOutput[] {
    const outputs: AcknowledgedOutput[] = []
    for (const [sequence, outgoing] of this.#outgoing) {
      if (now >= outgoing.firstSentAt + this.#giveUpMs) {
        this.#outgoing.delete(sequence)
        outputs.push({ type: 'gave-up', sequence })
      } else if (now >= outgoing.lastSentAt + outgoing.timeoutMs) {
        outgoing.lastSentAt = now
        outgoing.tries++
        outgoing.timeoutMs = Math.min(MOST_MS, outgoing.timeoutMs * 2)
        outputs.push(this.#frame(sequence, outgoing.data))
      }
    }
    return [...outputs, ...this.#alarm()]
  }

  /** Takes what arrived; without `hasSpace` data is left to be sent again. */
  receive(packet: Uint8Array, now: number, hasSpace = true): AcknowledgedOutput[] {
    const frame = decodeFrame(packet)
    if (frame.type === 'ack') return this.#acknowledged(frame, now)
    return hasSpace ? this.#arrived(frame) : []
  }

  #acknowledged({ session, sequence }: AcknowledgedFrame, now: number): AcknowledgedOutput[] {
    const outgoing = this.#outgoing.get(sequence)
    if (session !== this.#session || outgoing === undefined) return []
    this.#outgoing.delete(sequence)
    if (outgoing.tries === 1) this.#timeout.measured(now - outgoing.firstSentAt)
    return [{ type: 'acknowledged', sequence }, ...this.#alarm()]
  }

  #arrived({ session, sequence, base, data }: AcknowledgedFrame & { type: 'data' }): AcknowledgedOutput[] {
    if (sequence < base || sequence >= base + WINDOW) return []
    const incoming = this.#sessionOf(session)
    if (base > incoming.base) {
      incoming.base = base
      for (const old of incoming.delivered) if (old < base) incoming.delivered.delete(old)
    }
    const acknowledgement = { type: 'send', data: encodeFrame({ type: 'ack', session, sequence }) } as const
    // A datagram below the base has been acknowledged or given up: this is a late copy.
    if (sequence < incoming.base || incoming.delivered.has(sequence)) return [acknowledgement]
    incoming.delivered.add(sequence)
    return [acknowledgement, { type: 'deliver', data }]
  }

  /** The peer's session, moved to the end of the line. */
  #sessionOf(session: bigint): Incoming {
    const incoming = this.#incoming.get(session) ?? { base: 0, delivered: new Set() }
    this.#incoming.delete(session)
    this.#incoming.set(session, incoming)
    for (const oldest of this.#incoming.keys()) {
      if (this.#incoming.size <= MAX_SESSIONS) break
      this.#incoming.delete(oldest)
    }
    return incoming
  }

  #frame(sequence: number, data: Uint8Array): AcknowledgedOutput {
    const frame = { type: 'data', session: this.#session, sequence, base: this.#base, data } as const
    return { type: 'send', data: encodeFrame(frame) }
  }

  #alarm(): AcknowledgedOutput[] {
    let at = Number.POSITIVE_INFINITY
    for (const { firstSentAt, lastSentAt, timeoutMs } of this.#outgoing.values()) {
      at = Math.min(at, lastSentAt + timeoutMs, firstSentAt + this.#giveUpMs)
    }
    return this.#outgoing.size === 0 ? [] : [{ type: 'wake', at }]
  }
}
