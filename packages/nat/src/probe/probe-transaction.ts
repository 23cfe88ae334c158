import {
  equalBytes,
  formatTransportAddress,
  type Machine,
  type Output,
  type TransportAddress,
} from '@p2pd/netif'
import {
  type Accept,
  type Arrival,
  type BindingResponse,
  decodeBindingResponse,
  encodeBindingRequest,
  sameSource,
  StunError,
  Transaction,
} from '@p2pd/stun'
import type { ProbeNews } from '../discovery/discovery.ts'
import type { Probe } from '../discovery/observation.ts'

/** Transaction ids of one socket: what carries none of them was made up. */
export type IsOurs = (packet: Uint8Array) => boolean

/** A dishonest or broken server could go on for ever. */
const MAX_NOTES = 3

/**
 * One probe over UDP, on a STUN transaction. Unlike a plain Binding request it takes silence for a result, and
 * notes packets that cannot be believed. RFC 8489 §6.2.1, RFC 5780 §4.4.
 */
export class ProbeTransaction implements Machine<ProbeNews> {
  readonly #probe: Probe
  readonly #transactionId: Uint8Array
  readonly #request: Uint8Array
  readonly #transaction: Transaction<ProbeNews>
  readonly #isOurs: IsOurs
  readonly #tell: (strange: readonly string[]) => void
  readonly #strange: string[] = []

  /** `tell` is called with all that was strange, each time there is more of it. */
  constructor(
    probe: Probe,
    transactionId: Uint8Array,
    isOurs: IsOurs,
    tell: (strange: readonly string[]) => void = () => {},
  ) {
    this.#probe = probe
    this.#transactionId = transactionId
    this.#request = encodeProbe(probe, transactionId)
    const accept: Accept<ProbeNews> = (packet, from, arrival) => this.#accept(packet, from, arrival)
    this.#transaction = new Transaction(this.#request, probe.to, accept, { schedule: probe.schedule })
    this.#isOurs = isOurs
    this.#tell = tell
  }

  wake(now: number): Output<ProbeNews>[] {
    return this.#transaction
      .wake(now)
      .map((output) =>
        output.type === 'fail' ? { type: 'done', result: this.#ended({ state: 'unanswered' }, now) } : output,
      )
  }

  receive(packet: Uint8Array, from: TransportAddress, now: number): Output<ProbeNews>[] {
    return this.#transaction.receive(packet, from, now)
  }

  #accept(packet: Uint8Array, from: TransportAddress, arrival: Arrival): ProbeNews | undefined {
    const news = this.#read(packet, from, arrival)
    return news && this.#ended(news, arrival.now)
  }

  #read(packet: Uint8Array, from: TransportAddress, arrival: Arrival): ProbeNews | undefined {
    if (this.#probe.test === 'hairpin')
      return equalBytes(packet, this.#request) ? { state: 'answered' } : undefined
    try {
      const response = decodeBindingResponse(packet, this.#transactionId, from)
      if (response !== undefined) return this.#readResponse(response, arrival)
      this.#readOther(packet, from)
    } catch (error) {
      return this.#readError(error)
    }
  }

  #readResponse(
    { mapped, source, otherAddress }: BindingResponse,
    { rttMs }: Arrival,
  ): ProbeNews | undefined {
    const { test, to } = this.#probe
    if (test !== 'binding') return this.#readChanged(source)
    if (!sameSource(source, to)) return this.#note(`answer from ${formatTransportAddress(source)}`)
    const other = otherAddress === undefined ? {} : { other: otherAddress }
    return { state: 'answered', external: mapped, ...other, ...(rttMs !== undefined && { rttMs }) }
  }

  #readChanged(source: TransportAddress): ProbeNews | undefined {
    const { test, to } = this.#probe
    // A server that does not know CHANGE-REQUEST answers as if it were not there.
    if (sameSource(source, to)) return { state: 'unsupported' }
    const otherIp = !sameSource({ ...source, port: to.port }, to)
    return otherIp === (test === 'change-address-and-port') ? { state: 'answered' } : undefined
  }

  #readOther(packet: Uint8Array, from: TransportAddress): void {
    if (this.#probe.test !== 'binding' || !sameSource(from, this.#probe.to) || this.#isOurs(packet)) return
    this.#note('answer with a wrong transaction id')
  }

  #readError(error: unknown): ProbeNews | undefined {
    if (!(error instanceof StunError)) throw error
    this.#note(error.message)
    // A malformed response is not an answer: the true one may still come. RFC 8489 §6.3.
    return error.code === 'STUN_ERROR_RESPONSE' ? { state: 'unsupported' } : undefined
  }

  #note(remark: string): undefined {
    if (this.#strange.length === MAX_NOTES || this.#strange.includes(remark)) return
    this.#strange.push(remark)
    this.#tell([...this.#strange])
  }

  #ended(news: ProbeNews, now: number): ProbeNews {
    const strange = this.#strange.length === 0 ? {} : { strange: this.#strange }
    const passed = news.state === 'answered' ? { passedAt: now } : {}
    return { ...news, ...strange, ...passed, endedAt: now }
  }
}

function encodeProbe({ test }: Probe, transactionId: Uint8Array): Uint8Array {
  switch (test) {
    case 'change-address-and-port':
      return encodeBindingRequest(transactionId, { changeRequest: { changeIp: true, changePort: true } })
    case 'change-port':
      return encodeBindingRequest(transactionId, { changeRequest: { changeIp: false, changePort: true } })
    default:
      return encodeBindingRequest(transactionId)
  }
}
