import { canonicalIp, type Machine, type Output, splitZone, type TransportAddress } from '@p2pd/netif'

/**
 * When a question is sent again, in milliseconds, and when it has failed. PCP starts at 3 s, which a person would
 * notice; a gateway is one hop away, so that NAT-PMP's 250 ms serve both. RFC 6886 §3.1, RFC 6887 §8.1.1.
 */
const SEND_AT_MS = [0, 250, 750, 1750, 3750] as const
const GIVE_UP_MS = 7750

/** Reads an answer: undefined when the packet does not answer the question. */
export type AcceptAnswer<Answer> = (packet: Uint8Array) => Answer | undefined

/** One question to a gateway over UDP, sent until it is answered. Undefined is the result of silence. */
export class DatagramExchange<Answer> implements Machine<Answer | undefined> {
  readonly #question: Uint8Array
  readonly #server: TransportAddress
  readonly #accept: AcceptAnswer<Answer>
  #sent = 0
  #startedAt: number | undefined

  constructor(question: Uint8Array, server: TransportAddress, accept: AcceptAnswer<Answer>) {
    this.#question = question
    this.#server = server
    this.#accept = accept
  }

  wake(now: number): Output<Answer | undefined>[] {
    this.#startedAt ??= now
    if (this.#sent === SEND_AT_MS.length) return [{ type: 'done', result: undefined }]
    this.#sent++
    const next = SEND_AT_MS[this.#sent] ?? GIVE_UP_MS
    return [
      { type: 'send', data: this.#question, to: this.#server },
      { type: 'wake', at: this.#startedAt + next },
    ]
  }

  receive(packet: Uint8Array, from: TransportAddress): Output<Answer | undefined>[] {
    if (from.port !== this.#server.port || !sameHost(from.ip, this.#server.ip)) return []
    const result = this.#accept(packet)
    return result === undefined ? [] : [{ type: 'done', result }]
  }
}

/** Whether two literals name one host; the zone that a system writes differs, and is left aside. RFC 4007 §11. */
export function sameHost(a: string, b: string): boolean {
  return a === b || canonicalIp(splitZone(a).ip) === canonicalIp(splitZone(b).ip)
}
