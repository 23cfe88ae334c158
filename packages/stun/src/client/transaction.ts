import { formatTransportAddress, type Machine, type Output, type TransportAddress } from '@p2pd/netif'
import { StunError } from '../stun-error.ts'

/** First wait for a response, doubled each time. RFC 8489 §6.2.1. */
const RTO_MS = 500
/** Requests sent before giving up. RFC 8489 §6.2.1. */
const RC = 7
/** RTOs to wait after the last one. RFC 8489 §6.2.1. */
const RM = 16

/**
 * What a transaction makes of a packet: its result, or undefined when the packet is none of its
 * business. An error thrown ends the transaction. It must compare transaction id and source.
 */
export type Accept<Response> = (packet: Uint8Array, from: TransportAddress) => Response | undefined

/** What `accept` made of a packet, as outputs. */
export function outcome<Response>(
  accept: Accept<Response>,
  packet: Uint8Array,
  from: TransportAddress,
): Output<Response>[] {
  try {
    const result = accept(packet, from)
    return result === undefined ? [] : [{ type: 'done', result }]
  } catch (error) {
    return [{ type: 'fail', error: error as Error }]
  }
}

/** The failure of a server that does not answer. */
export function timedOut(server: TransportAddress): StunError {
  return new StunError('STUN_TIMEOUT', `no response from ${formatTransportAddress(server)}`)
}

/** One request over UDP: retransmits until answered. Owns no socket and no timer. RFC 8489 §6.2.1. */
export class Transaction<Response> implements Machine<Response> {
  readonly #request: Uint8Array
  readonly #server: TransportAddress
  readonly #accept: Accept<Response>
  readonly #timeoutMs: number
  #deadline = Number.POSITIVE_INFINITY
  #sent = 0
  #over = false

  constructor(
    request: Uint8Array,
    server: TransportAddress,
    accept: Accept<Response>,
    timeoutMs = Number.POSITIVE_INFINITY,
  ) {
    this.#request = request
    this.#server = server
    this.#accept = accept
    this.#timeoutMs = timeoutMs
  }

  wake(now: number): Output<Response>[] {
    if (this.#over) return [{ type: 'fail', error: timedOut(this.#server) }]
    if (this.#sent === 0) this.#deadline = now + this.#timeoutMs
    const wait = this.#sent === RC - 1 ? RM * RTO_MS : RTO_MS * 2 ** this.#sent
    this.#sent++
    this.#over = this.#sent === RC || now + wait >= this.#deadline
    return [
      { type: 'send', data: this.#request, to: this.#server },
      { type: 'wake', at: Math.min(now + wait, this.#deadline) },
    ]
  }

  receive(packet: Uint8Array, from: TransportAddress): Output<Response>[] {
    return outcome(this.#accept, packet, from)
  }
}
