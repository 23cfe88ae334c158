import { formatTransportAddress, type Machine, type Output, type TransportAddress } from '@p2pd/netif'
import { StunError } from '../stun-error.ts'

/** When a request is sent again, and when it is given up. RFC 8489 §6.2.1. */
export interface RetransmissionSchedule {
  /** The wait for a response to the first request: the RTO. */
  readonly rtoMs: number
  /** Requests sent in all: Rc. */
  readonly requestCount: number
  /** Each wait is so many times as long as the one before: 2 in the RFC. */
  readonly backoff: number
  /** The wait after the last request: Rm times the RTO. */
  readonly lastWaitMs: number
}

/** RTO 500 ms, Rc 7, Rm 16: 39.5 s in all. RFC 8489 §6.2.1. */
export const STANDARD_SCHEDULE: RetransmissionSchedule = {
  rtoMs: 500,
  requestCount: 7,
  backoff: 2,
  lastWaitMs: 16 * 500,
}

/** When a packet was received. */
export interface Arrival {
  readonly now: number
  /** Since the request; undefined after a repeated one, as either may be answered (Karn). RFC 6298 §3. */
  readonly rttMs: number | undefined
}

/**
 * Turns a packet into the result of the transaction, or into undefined when the packet belongs to something else.
 * It must compare transaction id and source. An error that it throws ends the transaction.
 */
export type Accept<Response> = (
  packet: Uint8Array,
  from: TransportAddress,
  arrival: Arrival,
) => Response | undefined

/** The result of {@link Accept}, as outputs. */
export function outcome<Response>(accept: () => Response | undefined): Output<Response>[] {
  try {
    const result = accept()
    return result === undefined ? [] : [{ type: 'done', result }]
  } catch (error) {
    return [{ type: 'fail', error: error as Error }]
  }
}

/** The failure of a server that does not answer. */
export function timedOut(server: TransportAddress): StunError {
  return new StunError('STUN_TIMEOUT', `no response from ${formatTransportAddress(server)}`)
}

/** How long a transaction goes on. */
export interface TransactionOptions {
  /** @default that of RFC 8489 §6.2.1 */
  readonly schedule?: RetransmissionSchedule
  /** Cuts the schedule off. @default as long as the schedule */
  readonly timeoutMs?: number
}

/**
 * One request over UDP: retransmits until answered, and fails with `STUN_TIMEOUT`. It owns neither a socket nor a
 * timer. RFC 8489 §6.2.1.
 */
export class Transaction<Response> implements Machine<Response> {
  readonly #request: Uint8Array
  readonly #server: TransportAddress
  readonly #accept: Accept<Response>
  readonly #schedule: RetransmissionSchedule
  readonly #timeoutMs: number
  #deadline = Number.POSITIVE_INFINITY
  #sent = 0
  #sentAt = 0
  #over = false

  constructor(
    request: Uint8Array,
    server: TransportAddress,
    accept: Accept<Response>,
    { schedule = STANDARD_SCHEDULE, timeoutMs = Number.POSITIVE_INFINITY }: TransactionOptions = {},
  ) {
    this.#request = request
    this.#server = server
    this.#accept = accept
    this.#schedule = schedule
    this.#timeoutMs = timeoutMs
  }

  wake(now: number): Output<Response>[] {
    if (this.#over) return [{ type: 'fail', error: timedOut(this.#server) }]
    if (this.#sent === 0) this.#deadline = now + this.#timeoutMs
    const { rtoMs, requestCount, backoff, lastWaitMs } = this.#schedule
    const wait = this.#sent === requestCount - 1 ? lastWaitMs : rtoMs * backoff ** this.#sent
    this.#sent++
    this.#sentAt = now
    this.#over = this.#sent === requestCount || now + wait >= this.#deadline
    return [
      { type: 'send', data: this.#request, to: this.#server },
      { type: 'wake', at: Math.min(now + wait, this.#deadline) },
    ]
  }

  receive(packet: Uint8Array, from: TransportAddress, now: number): Output<Response>[] {
    const rttMs = this.#sent === 1 ? now - this.#sentAt : undefined
    return outcome(() => this.#accept(packet, from, { now, rttMs }))
  }
}
