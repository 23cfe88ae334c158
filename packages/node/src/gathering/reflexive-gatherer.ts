import { assumedFirewall, type NatOf, type NatReport, NatReports } from '@p2pd/nat'
import { type Family, type Interface, literalFamily, scopeOf, within } from '@p2pd/netif'
import { parseStunUri } from '@p2pd/stun'
import type { Runtime } from '../runtime/runtime.ts'
import { closeSide, type PreparedSide } from './prepared-side.ts'
import { type Base, basesOf } from '../candidates/base.ts'
import type { UnrankedCandidate } from '../candidates/candidate.ts'
import type { CandidateSource } from '../candidates/candidate-source.ts'
import { MAX_SIDES, type SideDescription } from '../signalling/side-description.ts'
import {
  ACQUIRE_TIMEOUT_MS,
  type AcquiredSides,
  areRight,
  sideInTime,
  type SidesByProtocol,
  sidesOfProtocol,
} from './acquired-sides.ts'
import { allOrAsLongAgain } from './all-or-as-long-again.ts'
import { alignRows } from './counter-row.ts'
import { KeptMapping } from './kept-mapping.ts'
import type { MapUdpPort } from './mapped-side.ts'
import type { MappingCount } from './mapping-count.ts'
import { NatVerdicts } from './nat-verdicts.ts'
import { inTurn, Turns } from './turns.ts'

/** The NAT before a NIC, as one protocol meets it. */
export interface InterfaceNat {
  /** The name of the NIC. */
  readonly interface: string
  readonly family: Family
  readonly protocol: 'udp' | 'tcp'
  readonly report: NatReport
}

/** The parts a gatherer of server-reflexive candidates works with. */
export interface ReflexiveGathererOptions {
  readonly runtime: Runtime
  /** `stun:` URIs, read whenever it begins anew. RFC 7064. Without any the node knows no NAT, and punches nothing. */
  readonly servers: () => readonly string[]
  /** The TCP port the node listens on. */
  readonly port: number
  /** Has the gateway map UDP ports, where it does. @default it does not */
  readonly mapUdpPort?: MapUdpPort
  readonly count: MappingCount
}

/** The local sides that an offer or answer needs. */
export interface SidesWanted {
  readonly protocols: readonly SideDescription['protocol'][]
  readonly families?: readonly Family[]
  readonly failedAttempts: number
  /** Nothing but a punch may connect the two: a slow discovery is waited for. @default false */
  readonly isOnlyWay?: boolean
  /** Sides are wanted before the NAT is known: see `AcquiredSides.isRight`. @default false */
  readonly isUrgent?: boolean
}

/** Many pipes may fall silent one after the other. */
const MIN_RENEWAL_MS = 10_000

/**
 * Gathers from STUN servers the server-reflexive candidates, a report of each NAT, and one kept mapping for each base and
 * protocol. An offer then names local sides of punches without a request to a server. RFC 8445 §5.1.1.2.
 */
export class ReflexiveGatherer implements CandidateSource {
  readonly #options: ReflexiveGathererOptions
  #servers: readonly string[]
  #reports: NatReports
  readonly #listeners = new Set<() => void>()
  #mappings: readonly KeptMapping[] = []
  readonly #turns: Turns
  readonly #verdicts = new NatVerdicts()
  #renewedAt = Number.NEGATIVE_INFINITY

  constructor(options: ReflexiveGathererOptions) {
    this.#options = options
    this.#turns = new Turns(options.runtime.clock)
    this.#servers = options.servers()
    this.#reports = this.#openReports()
  }

  /** Begins anew: at the start, and when the network has changed. */
  gather(interfaces: readonly Interface[]): void {
    this.close()
    const { runtime } = this.#options
    const servers = this.#options.servers()
    if (servers.join(' ') !== this.#servers.join(' ')) {
      this.#servers = servers
      this.#reports = this.#openReports()
    }
    if (servers.length === 0) return
    const protocols = runtime.udx === undefined ? (['tcp'] as const) : (['udp', 'tcp'] as const)
    this.#mappings = basesOf(interfaces, areHere(servers)).flatMap((base) =>
      protocols.map((protocol) => this.#keepMapping(base, protocol)),
    )
  }

  /** The local sides of punches as announced now. */
  descriptions(): SideDescription[] {
    return this.#mappings.flatMap((mapping) => mapping.description ?? []).slice(0, MAX_SIDES)
  }

  /** External addresses of the NATs, with the port the node listens on: a gateway may forward that port. */
  candidates(): UnrankedCandidate[] {
    const ips = this.#mappings.flatMap(({ report, protocol, base }) => {
      const [ip] = (protocol === 'tcp' && report?.externalAddresses) || []
      return ip === undefined || ip === base.ip ? [] : [ip]
    })
    const { port } = this.#options
    return [...new Set(ips)].map((ip) => ({ kind: 'server-reflexive', ip, port }))
  }

  /** The external addresses at which STUN servers see a NIC, the most frequent one first; none before they are known. */
  externalAddresses(nicName: string, family: Family): string[] {
    const reports = this.#mappings
      .filter(({ base }) => base.nic.name === nicName && base.family === family)
      .flatMap(({ report }) => report?.externalAddresses ?? [])
    return [...new Set(reports)]
  }

  /** One report for each NIC, family and protocol that has been tested. */
  natReports(): InterfaceNat[] {
    return this.#mappings.flatMap(({ base, protocol, report }) =>
      report === undefined ? [] : [{ interface: base.nic.name, family: base.family, protocol, report }],
    )
  }

  /**
   * For how long the NAT of a local address keeps an idle UDP mapping, in milliseconds. Undefined where no server can tell.
   * The first caller waits for two minutes.
   */
  async mappingLifetime(ip: string): Promise<number | undefined> {
    const isBehind = ({ base, protocol }: KeptMapping) => protocol === 'udp' && base.ip === ip
    return this.#mappings.find(isBehind)?.lifetime()
  }

  /** A gateway maps ports that it did not before. */
  portsMappable(): void {
    for (const mapping of this.#mappings) mapping.prepareAnew()
  }

  /** Takes note of an address from which a server was reached over TCP. */
  reachedServerFrom(ip: string): void {
    this.#verdicts.reachedFrom(ip)
    for (const mapping of this.#mappings) if (mapping.base.ip === ip) this.#judgeAnew(mapping)
  }

  /** The NAT may have forgotten the mappings that are kept for punches: fresh ones are prepared, once in 10 s at most. */
  renew(): void {
    const now = this.#options.runtime.clock.now()
    if (now - this.#renewedAt < MIN_RENEWAL_MS) return
    this.#renewedAt = now
    for (const mapping of this.#mappings) mapping.renew()
  }

  /** Calls back when the candidates or the descriptions have changed; returns the function that stops it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Resolves when each NAT is known, or 1.5 s have passed. */
  async ready(): Promise<void> {
    const { clock } = this.#options.runtime
    const known = this.#mappings.map((mapping) => mapping.known())
    await within(clock, allOrAsLongAgain(clock, known), ACQUIRE_TIMEOUT_MS)
  }

  /**
   * A local side of each protocol at each base, for one punch. A protocol whose mapping takes a trip to a STUN server does
   * not delay another. Behind a counting NAT all are prepared together, since one counter may serve both protocols. Sides
   * that a slow STUN server delays are left out.
   */
  acquire(wanted: SidesWanted): SidesByProtocol {
    const { protocols } = wanted
    const mappings = this.#wanted(wanted)
    const isApart = mappings.every(
      ({ report, isCounted }) => (report !== undefined || wanted.isUrgent) && !isCounted,
    )
    const together = isApart ? undefined : this.#acquireAll(wanted)
    const acquired = protocols.map((one) => {
      const all = together ?? this.#acquireAll({ ...wanted, protocols: [one] })
      return [one, all.then((sides) => sidesOfProtocol(sides, one))] as const
    })
    return new Map(acquired)
  }

  #wanted({ protocols, families }: SidesWanted): KeptMapping[] {
    return this.#mappings.filter(
      ({ base, protocol }) =>
        protocols.includes(protocol) && (families === undefined || families.includes(base.family)),
    )
  }

  async #acquireAll(terms: SidesWanted): Promise<AcquiredSides> {
    if (this.#servers.length === 0) return { sides: [], fault: 'no STUN server is configured' }
    const wanted = this.#wanted(terms)
    const isRight = terms.isUrgent ? areRight(wanted.filter(({ report }) => report === undefined)) : undefined
    const endTurn = wanted.some(({ isCounted }) => isCounted) ? await this.#turns.take() : () => {}
    const { clock } = this.#options.runtime
    const acquired = await Promise.all(
      wanted.map((mapping) => sideInTime(mapping, { ...terms, clock, guess: () => this.#guess(mapping) })),
    )
    const faults = acquired.flatMap(({ side, fault }) => (side === undefined ? (fault ?? []) : []))
    const sides = acquired.flatMap(({ side }) => side ?? [])
    if (wanted.length === 0) faults.push('no NIC here leads out in a family that is wanted')
    const [fault = 'the NAT is not known yet'] = faults
    const counted = inTurn(alignRows(sides, this.#options.count), endTurn)
    return { sides: counted, fault, isRight }
  }

  /** A side over TCP as over UDP, once that is known: STUN servers over TCP are often silent. */
  async #guess(mapping: KeptMapping): Promise<PreparedSide | undefined> {
    if (mapping.protocol === 'udp') return undefined
    const { base } = mapping
    await this.#mappings.find((one) => one.protocol === 'udp' && one.base === base)?.known()
    const report = this.#verdicts.tcpAsOverUdp(base)
    return report && mapping.guess(report)
  }

  /** Ends the use of a local side by one punch. */
  release(side: PreparedSide, isUsed: boolean): void {
    side.onBegun?.()
    const mapping = this.#mappings.find(
      ({ base, protocol }) => base === side.base && protocol === side.protocol,
    )
    if (mapping === undefined) closeSide(side, isUsed)
    else mapping.release(side, isUsed)
  }

  close(): void {
    for (const mapping of this.#mappings) mapping.close()
    this.#mappings = []
    this.#verdicts.clear()
    this.#reports.networkChanged()
  }

  #openReports(): NatReports {
    const { runtime } = this.#options
    const { gatewayMac } = runtime
    const onReport = (nat: NatOf, report: NatReport) => this.#learn(nat, report)
    return new NatReports(runtime, { servers: this.#servers, onReport, ...(gatewayMac && { gatewayMac }) })
  }

  #keepMapping(base: Base, protocol: KeptMapping['protocol']): KeptMapping {
    const { runtime } = this.#options
    const { network, clock, random, log } = runtime
    return new KeptMapping({
      ports: {
        network,
        clock,
        random,
        count: this.#options.count,
        bindUdp: runtime.udx?.bindUdp ?? ((options) => network.bindUdp(options)),
      },
      base,
      protocol,
      servers: this.#servers,
      mapUdpPort: this.#options.mapUdpPort,
      discover: async (signal) => {
        const report = await this.#reports.get({ ...base, protocol }, signal).catch((error: unknown) => {
          const assumed = assumedFirewall(base, error)
          if (assumed === undefined) throw error
          return assumed
        })
        return this.#verdicts.judged(base, protocol, report)
      },
      onChange: () => this.#changed(),
      log,
    })
  }

  #learn({ nic, family, protocol }: NatOf, report: NatReport): void {
    const behind = this.#mappings.filter(({ base }) => base.nic === nic && base.family === family)
    const mapping = behind.find((one) => one.protocol === protocol)
    mapping?.learn(this.#verdicts.judged(mapping.base, protocol, report))
    if (protocol === 'udp') for (const one of behind) this.#judgeAnew(one)
  }

  /** More is known now than when the report over TCP was judged. */
  #judgeAnew(mapping: KeptMapping): void {
    const verdict = mapping.protocol === 'tcp' ? this.#verdicts.tcp(mapping.base) : undefined
    if (verdict !== undefined) mapping.learn(verdict)
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** Whether all servers are on this host: they then see loopback addresses only. */
function areHere(servers: readonly string[]): boolean {
  return servers.every((uri) => {
    const { host } = parseStunUri(uri)
    return literalFamily(host) !== undefined && scopeOf(host) === 'host'
  })
}
