import type { Clock } from '@p2pd/netif'
import { SerialQueue } from '../exchange/serial-queue.ts'
import { type EpochSample, lostState } from '../lease/epoch.ts'
import type { MappingProtocol } from '../mapping.ts'
import { GatewayClient } from './gateway-client.ts'
import type {
  GatewayAddress,
  GatewayPolicy,
  Granted,
  MappingAnswer,
  MappingRequest,
  PortmapPorts,
  Refused,
} from './mapping-request.ts'
import { type AttemptResult, MapAttempt, unresponsive } from './map-attempt.ts'

/**
 * After an announcement others of the same gateway are not heeded for so long. Anyone on the link can forge them, and a real
 * one is repeated for four minutes. RFC 6886 §3.2.1, RFC 6887 §14.1.3.
 */
const DEAF_MS = 30_000

/** A gateway that all leases behind it share: one question at a time, one clock to watch. */
export class Gateway {
  readonly client: GatewayClient
  readonly #clock: Clock
  readonly #queue = new SerialQueue()
  readonly #epochs = new Map<MappingProtocol, EpochSample>()
  readonly #listeners = new Set<() => void>()
  #deafUntil = 0
  #preferred: MappingProtocol | undefined
  #attempt: MapAttempt | undefined

  constructor(ports: PortmapPorts, address: GatewayAddress, policy: GatewayPolicy) {
    this.#clock = ports.clock
    this.client = new GatewayClient(ports, address, policy)
  }

  get ip(): string {
    return this.client.address.ip
  }

  /** Whether it has answered anything to the present attempt, or granted something before. */
  get hasAnswered(): boolean {
    return this.#preferred !== undefined || this.#attempt?.hasAnswer === true
  }

  /** Whether it may have granted a mapping by UPnP whose answer has not come. */
  get isAddingByUpnp(): boolean {
    return this.#attempt?.isAddingByUpnp === true
  }

  /** The refusals so far, when only silent protocols are still being waited for. */
  get refusedSoFar(): readonly Refused[] | undefined {
    return this.#attempt?.refusedSoFar
  }

  /** The refusals by now; one that neither grants nor refuses has fallen silent. */
  get refusedByNow(): readonly Refused[] {
    const known = this.#preferred
    if (known === undefined) return this.#attempt?.refusedByNow ?? []
    return [unresponsive(known.startsWith('upnp-igd') ? 'upnp' : (known as Refused['protocol']))]
  }

  /** Asks in the protocol that worked last, and in every one when that does not do. */
  map(request: MappingRequest, signal: AbortSignal): Promise<AttemptResult> {
    return this.#queue.run(async () => {
      signal.throwIfAborted()
      const known = this.#preferred
      if (known !== undefined) {
        const answer = await this.client.mapBy(known, request, signal)
        if (answer.type === 'granted') return this.#noted({ granted: answer, refusals: [] })
      }
      this.#attempt = new MapAttempt(this.client, this.#clock, request, signal)
      return this.#noted(await this.#attempt.run())
    })
  }

  /** Prolongs a mapping in its own protocol. */
  renew(granted: Granted, request: MappingRequest, signal: AbortSignal): Promise<MappingAnswer> {
    return this.#queue.run(async () => {
      signal.throwIfAborted()
      const answer = await this.client.mapBy(granted.protocol, request, signal)
      if (answer.type === 'granted') this.#noted({ granted: answer, refusals: [] })
      return answer
    })
  }

  /**
   * Ends a mapping. PCP and NAT-PMP are one datagram, which need not wait for its turn; UPnP waits, as gateways take
   * one connection at a time.
   */
  release(request: MappingRequest, granted: Granted, signal: AbortSignal): Promise<void> {
    const release = () => this.client.release(request, granted, signal)
    return granted.protocol.startsWith('upnp') ? this.#queue.run(release) : release()
  }

  /** Ends what a request that was broken off may have been granted; UPnP does so itself when its answer comes. */
  async takeBack(request: MappingRequest, signal: AbortSignal): Promise<void> {
    const none = { type: 'granted', external: { port: 0 }, lifetimeSeconds: 0, conflicts: [] } as const
    const protocols = this.client.hasNatPmp ? (['pcp', 'nat-pmp'] as const) : (['pcp'] as const)
    const releases = protocols.map((protocol) => this.client.release(request, { ...none, protocol }, signal))
    const results = await Promise.allSettled([...releases, this.#queue.run(() => Promise.resolve())])
    const failure = results.find((result) => result.status === 'rejected')
    if (failure !== undefined) throw failure.reason
  }

  /** Listens for the loss of the gateway's mappings; returns what stops it. */
  onStateLost(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The gateway announced that it has restarted, or another host of the link did in its name. */
  announced(): void {
    const now = this.#clock.now()
    if (now < this.#deafUntil) return
    this.#deafUntil = now + DEAF_MS
    this.stateLost()
  }

  /** The gateway has restarted, or may have: it announced itself, or its epoch says so. */
  stateLost(): void {
    this.#epochs.clear()
    this.client.forget()
    for (const listener of this.#listeners) listener()
  }

  #noted(result: AttemptResult): AttemptResult {
    const { granted } = result
    this.#preferred = granted?.protocol
    if (granted?.epochSeconds === undefined) return result
    const before = this.#epochs.get(granted.protocol)
    const sample = { epochSeconds: granted.epochSeconds, at: this.#clock.now() }
    if (before !== undefined && lostState(before, sample)) this.stateLost()
    this.#epochs.set(granted.protocol, sample)
    return result
  }
}
