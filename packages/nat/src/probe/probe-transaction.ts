import { formatTransportAddress, type Machine, type Output, type TransportAddress } from '@p2pd/netif'
import {
  type BindingResponse,
  decodeBindingResponse,
  encodeBindingRequest,
  sameSource,
  StunError,
} from '@p2pd/stun'
import type { ProbeNews } from '../discovery/discovery.ts'
import type { Probe } from '../discovery/observation.ts'

/** Transaction ids of one socket: what carries none of them was made up. */
export type IsOurs = (packet: Uint8Array) => boolean

/** A dishonest or broken server could go on for ever. */
const MAX_NOTES = 3

/**
 * One probe over UDP: sends by its schedule until answered. Unlike a plain Binding transaction it
 * takes silence for a result, and notes what was not to be believed. RFC 8489 §6.2.1, RFC 5780 §4.4.
 */
export class ProbeTransaction implements Machine<ProbeNews> {
  readonly #probe: Probe
  readonly #transactionId: Uint8Array
  readonly #request: Uint8Array
  readonly #isOurs: IsOurs
  readonly #tell: (strange: readonly string[]) => void
  readonly #strange: string[] = []
  #sent = 0
  #sentAt = 0

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
    this.#isOurs = isOurs
    this.#tell = tell
  }

  wake(now: number): Output<ProbeNews>[] {
    const { rtoMs, tries, backoff, lastWaitMs } = this.#probe.schedule
    if (this.#sent === tries) return this.#done({ state: 'unanswered' }, now)
    const wait = this.#sent === tries - 1 ? lastWaitMs : rtoMs * backoff ** this.#sent
    this.#sent++
    this.#sentAt = now
    return [
      { type: 'send', data: this.#request, to: this.#probe.to },
      { type: 'wake', at: now + wait },
    ]
  }

  receive(packet: Uint8Array, from: TransportAddress, now: number): Output<ProbeNews>[] {
    if (this.#probe.test === 'hairpin') return this.#receiveOwn(packet, now)
    try {
      const response = decodeBindingResponse(packet, this.#transactionId, from)
      return response === undefined ? this.#receiveOther(packet, from) : this.#receiveResponse(response, now)
    } catch (error) {
      return this.#receiveError(error, now)
    }
  }

  #receiveOwn(packet: Uint8Array, now: number): Output<ProbeNews>[] {
    const same =
      packet.length === this.#request.length && packet.every((byte, i) => byte === this.#request[i])
    return same ? this.#done({ state: 'answered' }, now) : []
  }

  #receiveResponse({ mapped, source, otherAddress }: BindingResponse, now: number): Output<ProbeNews>[] {
    const { test, to } = this.#probe
    if (test !== 'binding') return this.#receiveChanged(source, now)
    if (!sameSource(source, to)) return this.#note(`answer from ${formatTransportAddress(source)}`)
    // A repeated request leaves open which one is answered (Karn's rule, RFC 6298 §3).
    const rtt = this.#sent === 1 ? { rttMs: now - this.#sentAt } : {}
    const other = otherAddress === undefined ? {} : { other: otherAddress }
    return this.#done({ state: 'answered', external: mapped, ...other, ...rtt }, now)
  }

  #receiveChanged(source: TransportAddress, now: number): Output<ProbeNews>[] {
    const { test, to } = this.#probe
    // A server that does not know CHANGE-REQUEST answers as if it were not there.
    if (sameSource(source, to)) return this.#done({ state: 'unsupported' }, now)
    const otherIp = !sameSource({ ...source, port: to.port }, to)
    return otherIp === (test === 'change-address-and-port') ? this.#done({ state: 'answered' }, now) : []
  }

  #receiveOther(packet: Uint8Array, from: TransportAddress): Output<ProbeNews>[] {
    if (this.#probe.test !== 'binding' || !sameSource(from, this.#probe.to) || this.#isOurs(packet)) return []
    return this.#note('answer with a wrong transaction id')
  }

  #receiveError(error: unknown, now: number): Output<ProbeNews>[] {
    if (!(error instanceof StunError)) throw error
    // What makes no sense is no answer: the true one may still come. RFC 8489 §6.3.
    if (error.code !== 'STUN_ERROR_RESPONSE') return this.#note(error.message)
    this.#note(error.message)
    return this.#done({ state: 'unsupported' }, now)
  }

  #note(what: string): [] {
    if (this.#strange.length === MAX_NOTES || this.#strange.includes(what)) return []
    this.#strange.push(what)
    this.#tell([...this.#strange])
    return []
  }

  #done(news: ProbeNews, now: number): Output<ProbeNews>[] {
    const strange = this.#strange.length === 0 ? {} : { strange: this.#strange }
    const passed = news.state === 'answered' ? { passedAt: now } : {}
    return [{ type: 'done', result: { ...news, ...strange, ...passed, endedAt: now } }]
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
