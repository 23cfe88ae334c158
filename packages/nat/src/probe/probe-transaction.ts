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
import type { ProbeUpdate } from '../discovery/discovery.ts'
import type { Probe } from '../discovery/observation.ts'

/** Whether a packet has the transaction id of any probe of this socket; other ids are invented. */
export type IsOurs = (packet: Uint8Array) => boolean

/** A dishonest or broken server could cause any number of them. */
const MAX_NOTES = 3

/**
 * One probe over UDP, on a STUN transaction. Unlike a plain Binding request it takes silence for a result, and
 * notes packets that cannot be believed. RFC 8489 §6.2.1, RFC 5780 §4.4.
 */
export class ProbeTransaction implements Machine<ProbeUpdate> {
  readonly #probe: Probe
  readonly #transactionId: Uint8Array
  readonly #request: Uint8Array
  readonly #transaction: Transaction<ProbeUpdate>
  readonly #isOurs: IsOurs
  readonly #onAnomaly: (anomalies: readonly string[]) => void
  readonly #anomalies: string[] = []

  /** `onAnomaly` is called with all anomalies so far, at each new one. */
  constructor(
    probe: Probe,
    transactionId: Uint8Array,
    isOurs: IsOurs,
    onAnomaly: (anomalies: readonly string[]) => void = () => {},
  ) {
    this.#probe = probe
    this.#transactionId = transactionId
    this.#request = encodeProbe(probe, transactionId)
    const accept: Accept<ProbeUpdate> = (packet, from, arrival) => this.#accept(packet, from, arrival)
    this.#transaction = new Transaction(this.#request, probe.to, accept, { schedule: probe.schedule })
    this.#isOurs = isOurs
    this.#onAnomaly = onAnomaly
  }

  wake(now: number): Output<ProbeUpdate>[] {
    return this.#transaction
      .wake(now)
      .map((output) =>
        output.type === 'fail' ? { type: 'done', result: this.#ended({ state: 'unanswered' }, now) } : output,
      )
  }

  receive(packet: Uint8Array, from: TransportAddress, now: number): Output<ProbeUpdate>[] {
    return this.#transaction.receive(packet, from, now)
  }

  #accept(packet: Uint8Array, from: TransportAddress, arrival: Arrival): ProbeUpdate | undefined {
    const update = this.#read(packet, from, arrival)
    return update && this.#ended(update, arrival.now)
  }

  #read(packet: Uint8Array, from: TransportAddress, arrival: Arrival): ProbeUpdate | undefined {
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
  ): ProbeUpdate | undefined {
    const { test, to } = this.#probe
    if (test !== 'binding') return this.#readChanged(source)
    if (!sameSource(source, to)) return this.#note(`answer from ${formatTransportAddress(source)}`)
    const other = otherAddress === undefined ? {} : { other: otherAddress }
    return { state: 'answered', external: mapped, ...other, ...(rttMs !== undefined && { rttMs }) }
  }

  #readChanged(source: TransportAddress): ProbeUpdate | undefined {
    const { test, to } = this.#probe
    // A server without support for CHANGE-REQUEST answers from its own address.
    if (sameSource(source, to)) return { state: 'unsupported' }
    const otherIp = !sameSource({ ...source, port: to.port }, to)
    return otherIp === (test === 'change-address-and-port') ? { state: 'answered' } : undefined
  }

  #readOther(packet: Uint8Array, from: TransportAddress): void {
    if (this.#probe.test !== 'binding' || !sameSource(from, this.#probe.to) || this.#isOurs(packet)) return
    this.#note('answer with a wrong transaction id')
  }

  #readError(error: unknown): ProbeUpdate | undefined {
    if (!(error instanceof StunError)) throw error
    this.#note(error.message)
    // A malformed response is not an answer; the true one may follow. RFC 8489 §6.3.
    return error.code === 'STUN_ERROR_RESPONSE' ? { state: 'unsupported' } : undefined
  }

  #note(remark: string): undefined {
    if (this.#anomalies.length === MAX_NOTES || this.#anomalies.includes(remark)) return
    this.#anomalies.push(remark)
    this.#onAnomaly([...this.#anomalies])
  }

  #ended(update: ProbeUpdate, now: number): ProbeUpdate {
    const anomalies = this.#anomalies.length === 0 ? {} : { anomalies: this.#anomalies }
    const passed = update.state === 'answered' ? { passedAt: now } : {}
    return { ...update, ...anomalies, ...passed, endedAt: now }
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
