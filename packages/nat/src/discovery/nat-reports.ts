import type { Family, Interface } from '@p2pd/netif'
import { discoverNat } from './discover-nat.ts'
import { gatewayKey, type GatewayMac, sourceOf } from './interface-source.ts'
import type { DiscoveryGoal } from '../plan/view.ts'
import { ProbeJournal } from './probe-journal.ts'
import type { NatPorts } from '../probe/prober.ts'
import { type NatReport, type ReportByHand, reportByHand, untestedReport } from '../report/nat-report.ts'

/** Names a NAT: that of a NIC, for one family and protocol. */
export interface NatOf {
  readonly nic: Interface
  readonly family: Family
  readonly protocol: 'udp' | 'tcp'
}

/** How reports are made and kept. */
export interface NatReportsOptions {
  /** `stun:` URIs. RFC 7064. */
  readonly servers: readonly string[]
  /** Gateways of two networks may have the same IP address; the MAC address tells them apart. @default the NIC does */
  readonly gatewayMac?: GatewayMac
  /** @default 'range' */
  readonly goal?: DiscoveryGoal
  /** Called with each new report: first with type and delta, later with the range. */
  readonly onReport?: (nat: NatOf, report: NatReport) => void
  /** @default 600000: the cross traffic of a NAT changes, the NAT seldom does */
  readonly maxAgeMs?: number
}

interface Entry {
  readonly at: number
  readonly report: NatReport
}

/** Ten minutes. */
const MAX_AGE_MS = 600_000
/** The network may have been down, or the servers. */
const UNANSWERED_MAX_AGE_MS = 60_000

/** Keeps reports by gateway: two NICs behind one router share a report. */
export class NatReports {
  readonly #ports: NatPorts
  readonly #options: NatReportsOptions
  /** By gateway and protocol. */
  readonly #entries = new Map<string, Entry>()
  readonly #underWay = new Map<string, Promise<NatReport>>()
  /** By NIC, family and protocol. */
  readonly #byHand = new Map<string, NatReport>()
  readonly #gateways = new Map<string, string>()
  /** By NIC and family. */
  readonly #journals = new Map<string, ProbeJournal>()
  /** Counts network changes: a report of an earlier network is dropped. */
  #network = 0

  constructor(ports: NatPorts, options: NatReportsOptions) {
    this.#ports = ports
    this.#options = options
  }

  /** The report that is known now; before the first one, that of the strictest NAT that can be punched. */
  known(nat: NatOf): NatReport {
    const place = placeOf(nat)
    const entry = this.#entries.get(this.#gateways.get(place) ?? '')
    return this.#byHand.get(place) ?? entry?.report ?? untestedReport()
  }

  /**
   * A fresh report: the known one while it is young, else that of a new discovery. Further callers share the discovery
   * and the signal of the first one. `known` has type and delta before the range. Throws as `discoverNat` does.
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
    const isUnanswered = entry?.report.type === 'blocked' || entry?.report.confidence === 0
    const limitMs = isUnanswered ? Math.min(maxAgeMs, UNANSWERED_MAX_AGE_MS) : maxAgeMs
    if (entry !== undefined && this.#ports.clock.now() - entry.at < limitMs) return entry.report
    const discovery = this.#discover(nat, key, signal).finally(() => {
      if (this.#underWay.get(key) === discovery) this.#underWay.delete(key)
    })
    this.#underWay.set(key, discovery)
    return discovery
  }

  /** Sets the report of a NAT by hand. It replaces measured ones until the network changes. Throws `NAT_INVALID_ARGUMENT`. */
  set(nat: NatOf, report: ReportByHand): void {
    this.#byHand.set(placeOf(nat), reportByHand(report))
  }

  /** Forgets all reports: another gateway may have the same address. */
  networkChanged(): void {
    this.#network++
    const known = [this.#entries, this.#underWay, this.#byHand, this.#gateways, this.#journals]
    for (const map of known) map.clear()
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
      // Callers mostly want the report of the other protocol at the same time.
      limits: { shared: true, journal: this.#journalOf(nat), ...(signal && { signal }) },
    })
    onKnown(report)
    // The host now knows the MAC address of a gateway that it had not used before.
    if (network === this.#network) this.#keep(await this.#findGateway(nat), report)
    return report
  }

  /** One for both protocols, which are mostly tested at the same time. */
  #journalOf({ nic, family }: NatOf): ProbeJournal {
    const key = `${family} ${nic.name}`
    const journal = this.#journals.get(key) ?? new ProbeJournal()
    this.#journals.set(key, journal)
    return journal
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
