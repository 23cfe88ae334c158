import type { Family, Interface } from '@p2pd/netif'
import type { Lease } from '@p2pd/portmap'
import type { Base } from '../candidates/base.ts'
import type { UnrankedCandidate } from '../candidates/candidate.ts'
import type { CandidateSource } from '../candidates/candidate-source.ts'
import type { NodePortMapper, Runtime } from '../runtime/runtime.ts'
import { watchWake } from '../runtime/wake.ts'
import type { MappedUdpPort } from './mapped-side.ts'
import { mappedUdpPort } from './mapped-udp-port.ts'
import { type MappingTarget, mappingTargets } from './mapping-targets.ts'

/** The parts a gatherer of mapped ports works with. */
export interface PortMappingGathererOptions {
  /** Without `openPortMapper` no port is mapped. */
  readonly runtime: Pick<Runtime, 'openPortMapper' | 'log' | 'clock' | 'wallClock'>
  /** The TCP port the node listens on, at every address. */
  readonly port: number
  /** The knowledge of STUN servers, by which a mapping is judged. */
  readonly stun: StunView
}

/** The knowledge of STUN servers, as far as mappings are judged by it. */
export interface StunView {
  /** The external addresses at which STUN servers see a NIC. */
  externalAddresses(nicName: string, family: Family): readonly string[]
  /** Resolves when they are known, or no longer waited for. */
  ready(): Promise<void>
  /** Calls back when they may have changed. */
  onChange(listener: () => void): () => void
}

/** Each NIC and family keeps one ready, and each path over UDP has one. */
const MAX_UDP_PORTS = 16

/** A lease and what is known beside it. */
interface Entry {
  readonly target: MappingTarget
  readonly controller: AbortController
  lease?: Lease
  stunIp?: string | undefined
  /** The candidate that was given out last. */
  shown?: UnrankedCandidate | undefined
  /** Whether other hosts can reach this one by the ports that the gateway maps. */
  isUseful?: boolean
}

/**
 * Has gateways map the port that the node listens on, and gathers the external ends of the mappings. These are
 * server-reflexive candidates that the NAT forwards to anyone: NAT-assisted ones by RFC 6544.
 *
 * A mapping counts when its external address is public and the one that STUN servers see. It waits for their answer as
 * long as a call would.
 */
export class PortMappingGatherer implements CandidateSource {
  readonly #options: PortMappingGathererOptions
  readonly #listeners = new Set<() => void>()
  readonly #entries = new Map<string, Entry>()
  readonly #mappableListeners = new Set<() => void>()
  /** UDP ports that are mapped at present. */
  #udpPorts = 0
  readonly #stopWatching: () => void
  #mapper: Promise<NodePortMapper> | undefined
  #stopWatchingSleep = () => {}
  #round = 0
  #isStunKnown = false
  #isClosed = false

  constructor(options: PortMappingGathererOptions) {
    this.#options = options
    this.#stopWatching = options.stun.onChange(() => this.#judgeAll())
  }

  /** Begins, or follows a change of the network. Mappings come later: nothing waits for them. */
  gather(interfaces: readonly Interface[]): void {
    const { log, openPortMapper } = this.#options.runtime
    if (openPortMapper === undefined || this.#isClosed) return
    this.#follow(interfaces, openPortMapper).catch((error: Error) =>
      log?.('port-not-mapped', { reason: error.message }),
    )
    void this.#waitForStun()
  }

  /** The external ends of the mappings that others may be given. */
  candidates(): UnrankedCandidate[] {
    return [...this.#entries.values()].flatMap(({ shown }) => shown ?? [])
  }

  /** Calls back when a gateway maps ports that others can reach, and did not before. */
  onMappable(listener: () => void): void {
    this.#mappableListeners.add(listener)
  }

  /**
   * Has the gateway map a UDP port, where it has mapped the TCP port before: no other gateway is waited for. It asks for
   * few, as each takes a place in the gateway's table for as long as the path on it lives.
   */
  async mapUdpPort({ nic, ip }: Base, port: number): Promise<MappedUdpPort | undefined> {
    const entry = this.#entries.get(JSON.stringify([nic.name, ip]))
    const mapper = await this.#mapper
    if (mapper === undefined || entry?.isUseful !== true || this.#udpPorts >= MAX_UDP_PORTS) return undefined
    this.#udpPorts++
    const { stunIp } = entry
    const request = { port, protocol: 'udp', interface: entry.target.nic, address: ip } as const
    try {
      const lease = await mapper.mapPort({ ...request, ...(stunIp !== undefined && { stunIp }) })
      const mapped = mappedUdpPort(lease, () => this.#udpPorts--)
      if (mapped !== undefined) return mapped
      await lease.close()
    } catch {
      // The NIC is gone, or the node is closed.
    }
    this.#udpPorts--
    return undefined
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Releases every mapping, within a second. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopWatching()
    this.#stopWatchingSleep()
    this.#entries.clear()
    const mapper = await this.#mapper?.catch(() => undefined)
    await mapper?.close()
  }

  async #follow(
    interfaces: readonly Interface[],
    openPortMapper: NonNullable<Runtime['openPortMapper']>,
  ): Promise<void> {
    const targets = new Map(mappingTargets(interfaces).map((target) => [keyOf(target), target]))
    for (const [key, entry] of this.#entries) if (!targets.has(key)) this.#drop(key, entry)
    const isFirst = this.#mapper === undefined
    // Without a gateway no port mapper is loaded.
    if (isFirst && targets.size === 0) return
    this.#mapper ??= openPortMapper()
    const added = [...targets].filter(([key]) => !this.#entries.has(key))
    const entries = added.map(([key, target]) => {
      const entry: Entry = { target, controller: new AbortController() }
      this.#entries.set(key, entry)
      return entry
    })
    const mapper = await this.#mapper
    if (this.#isClosed) return
    mapper.networkChanged(interfaces)
    await Promise.all(entries.map((entry) => this.#map(mapper, entry)))
    if (!isFirst || this.#isClosed) return
    this.#stopWatchingSleep = watchWake(this.#options.runtime, () => mapper.refresh())
    const count = await mapper.releaseLeftovers(interfaces)
    if (count > 0) this.#options.runtime.log?.('port-mappings-released', { count })
  }

  async #map(mapper: NodePortMapper, entry: Entry): Promise<void> {
    const { port, runtime } = this.#options
    const { target, controller } = entry
    const { nic, ip } = target
    const { signal } = controller
    try {
      const lease = await mapper.mapPort({ port, protocol: 'tcp', interface: nic, address: ip, signal })
      entry.lease = lease
      lease.onChange((state) => {
        runtime.log?.('port-mapping', { nic: nic.name, ip, ...state })
        this.#judge(entry)
      })
      runtime.log?.('port-mapping', { nic: nic.name, ip, ...lease.state })
      this.#judge(entry)
    } catch (error) {
      if (!signal.aborted && !this.#isClosed)
        runtime.log?.('port-not-mapped', { nic: nic.name, ip, reason: (error as Error).message })
    }
  }

  #drop(key: string, { controller, shown }: Entry): void {
    this.#entries.delete(key)
    controller.abort(new Error('the NIC has lost the address'))
    if (shown !== undefined) this.#changed()
  }

  async #waitForStun(): Promise<void> {
    const round = ++this.#round
    this.#isStunKnown = false
    await this.#options.stun.ready()
    if (round !== this.#round) return
    this.#isStunKnown = true
    this.#judgeAll()
  }

  #judgeAll(): void {
    for (const entry of this.#entries.values()) this.#judge(entry)
  }

  /** Compares a mapping with what STUN servers see, and gives its candidate out, or takes it back. */
  #judge(entry: Entry): void {
    const { lease, target } = entry
    if (lease === undefined || this.#entries.get(keyOf(target)) !== entry) return
    const stunIp = this.#stunIpFor(entry, lease)
    if (this.#isStunKnown && stunIp !== entry.stunIp) {
      entry.stunIp = stunIp
      // A lease that is mapped calls back at once, so that the rest finds nothing to do.
      lease.compareWithStun(stunIp)
    }
    this.#judgeUse(entry, lease)
    const candidate = candidateOf(lease)
    if (sameEnd(candidate, entry.shown) || (candidate !== undefined && !this.#isStunKnown)) return
    entry.shown = candidate
    this.#changed()
  }

  #judgeUse(entry: Entry, { state }: Lease): void {
    const before = entry.isUseful
    entry.isUseful = this.#isStunKnown && state.status === 'mapped' && state.mapping.publishable
    if (entry.isUseful && before !== true) for (const listener of this.#mappableListeners) listener()
  }

  /** Of several addresses at which STUN servers see a NIC the gateway's own counts. An IPv6 mapping changes no address. */
  #stunIpFor({ target: { nic, family } }: Entry, { state }: Lease): string | undefined {
    if (family === 'IPv6') return undefined
    const seen = this.#options.stun.externalAddresses(nic.name, family)
    const own = state.status === 'mapped' ? state.mapping.external.ip : undefined
    return own !== undefined && seen.includes(own) ? own : seen[0]
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** None for an opening in a firewall: the host candidate has that address already. */
function candidateOf({ state }: Lease): UnrankedCandidate | undefined {
  if (state.status !== 'mapped' || !state.mapping.publishable) return undefined
  const { ip, port } = state.mapping.external
  if (ip === undefined || ip === state.mapping.internal.ip) return undefined
  return { kind: 'server-reflexive', ip, port }
}

function sameEnd(a: UnrankedCandidate | undefined, b: UnrankedCandidate | undefined): boolean {
  return a?.ip === b?.ip && a?.port === b?.port
}

function keyOf({ nic, ip }: MappingTarget): string {
  return JSON.stringify([nic.name, ip])
}
