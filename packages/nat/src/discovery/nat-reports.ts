import type { Family, Interface } from '@p2pd/netif'
import { discoverNat } from './discover-nat.ts'
import { gatewayKey, type GatewayMac, sourceOf } from './interface-source.ts'
import type { DiscoveryGoal } from '../plan/view.ts'
import type { NatPorts } from '../probe/prober.ts'
import { type NatReport, type ReportByHand, reportByHand, untestedReport } from '../report.ts'

/** The NAT in question: one of a NIC's, for one family and protocol. */
export interface NatOf {
  readonly nic: Interface
  readonly family: Family
  readonly protocol: 'udp' | 'tcp'
}

/** Where reports come from. */
export interface NatReportsOptions {
  /** `stun:` URIs. RFC 7064. */
  readonly servers: readonly string[]
  /** The same IP address elsewhere is another NAT. @default gateways are told apart by NIC */
  readonly gatewayMac?: GatewayMac
  /** @default 'range' */
  readonly goal?: DiscoveryGoal
  /** Called with each report that is found: with type and delta first, with the range later. @default nobody */
  readonly onReport?: (nat: NatOf, report: NatReport) => void
  /** @default 600000: NATs seldom change, their traffic does */
  readonly maxAgeMs?: number
}

interface Entry {
  readonly at: number
  readonly report: NatReport
}

/** Ten minutes. */
const MAX_AGE_MS = 600_000
/** That nothing comes through may be the servers' fault, or a network's that is not up yet. */
const BLOCKED_MAX_AGE_MS = 60_000

/** Reports by gateway: two NICs behind one router share what is known of it. */
export class NatReports {
  readonly #ports: NatPorts
  readonly #options: NatReportsOptions
  /** By gateway and protocol. */
  readonly #entries = new Map<string, Entry>()
  readonly #underWay = new Map<string, Promise<NatReport>>()
  /** By NIC, family and protocol. */
  readonly #byHand = new Map<string, NatReport>()
  readonly #gateways = new Map<string, string>()
  /** Networks so far: what was found in an earlier one is worthless. */
  #network = 0

  constructor(ports: NatPorts, options: NatReportsOptions) {
    this.#ports = ports
    this.#options = options
  }

  /** What is known now: the strictest punchable NAT when nothing is. */
  known(nat: NatOf): NatReport {
    const place = placeOf(nat)
    const entry = this.#entries.get(this.#gateways.get(place) ?? '')
    return this.#byHand.get(place) ?? entry?.report ?? untestedReport()
  }

  /**
   * A fresh report: the known one while it is young, else a new discovery; who asks meanwhile shares
   * it, the first one's signal included. `known` has type and delta as soon as they are found, before the range.
   */
  async get(nat: NatOf, signal?: AbortSignal): Promise<NatReport> {
    const byHand = this.#byHand.get(placeOf(nat))
    if (byHand !== undefined) return byHand
    const key = await this.#findGateway(nat)
    signal?.throwIfAborted()
    const before = this.#underWay.get(key)
    if (before !== undefined) return before
    const entry = this.#entries.get(key)
    const { maxAgeMs = MAX_AGE_MS } = this.#options
    const isBlocked = entry?.report.type === 'blocked'
    if (
      entry !== undefined &&
      this.#ports.clock.now() - entry.at < (isBlocked ? Math.min(maxAgeMs, BLOCKED_MAX_AGE_MS) : maxAgeMs)
    )
      return entry.report
    const discovery = this.#discover(nat, key, signal).finally(() => {
      if (this.#underWay.get(key) === discovery) this.#underWay.delete(key)
    })
    this.#underWay.set(key, discovery)
    return discovery
  }

  /** States a NIC's NAT by hand: it goes before what is measured, until the network changes. */
  set(nat: NatOf, report: ReportByHand): void {
    this.#byHand.set(placeOf(nat), reportByHand(report))
  }

  /** Forgets everything: the gateway may be another one behind the same address. */
  networkChanged(): void {
    this.#network++
    for (const known of [this.#entries, this.#underWay, this.#byHand, this.#gateways]) known.clear()
  }

  async #discover(nat: NatOf, key: string, signal?: AbortSignal): Promise<NatReport> {
    const { nic, family, protocol } = nat
    const from = sourceOf(nic, family)
    if (from === undefined) return untestedReport()
    const { servers, goal } = this.#options
    const network = this.#network
    const onKnown = (report: NatReport) => {
      if (network !== this.#network) return
      this.#keep(key, report)
      this.#options.onReport?.(nat, report)
    }
    const { report } = await discoverNat(this.#ports, {
      servers,
      protocol,
      from,
      onKnown,
      ...(goal && { goal }),
      // Who wants one protocol's report mostly wants the other's, too.
      limits: { shared: true, ...(signal && { signal }) },
    })
    onKnown(report)
    // A gateway that the host had not spoken with before has shown its MAC by now.
    if (network === this.#network) this.#keep(await this.#findGateway(nat), report)
    return report
  }

  async #findGateway(nat: NatOf): Promise<string> {
    const gateway = await gatewayKey(nat.nic, nat.family, this.#options.gatewayMac)
    const key = `${nat.protocol} ${gateway}`
    this.#gateways.set(placeOf(nat), key)
    return key
  }

  #keep(key: string, report: NatReport): void {
    this.#entries.set(key, { at: this.#ports.clock.now(), report })
  }
}

function placeOf({ nic, family, protocol }: NatOf): string {
  return `${protocol} ${family} ${nic.name}`
}
