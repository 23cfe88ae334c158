import type { Family, Interface } from '@p2pd/netif'
import { discoverNat, type NatDiscovery } from './discover-nat.ts'
import { gatewayKey, sourceOf } from './interface-source.ts'
import type { NatPorts } from './probe/prober.ts'
import { type NatReport, type ReportByHand, reportByHand, untestedReport } from './report.ts'

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
  /** The gateway's hardware address, where the system tells: the same IP address elsewhere is another NAT. */
  readonly gatewayMac?: (ip: string) => string | undefined
  /** @default 600000: NATs seldom change, their traffic does */
  readonly maxAgeMs?: number
}

interface Entry {
  readonly at: number
  readonly byHand: boolean
  readonly report: NatReport
}

/** Ten minutes. */
const MAX_AGE_MS = 600_000

/** Reports by gateway: two NICs behind one router share what is known of it. */
export class NatReports {
  readonly #ports: NatPorts
  readonly #options: NatReportsOptions
  readonly #entries = new Map<string, Entry>()
  readonly #underWay = new Map<string, Promise<NatReport>>()

  constructor(ports: NatPorts, options: NatReportsOptions) {
    this.#ports = ports
    this.#options = options
  }

  /** What is known now: the strictest punchable NAT when nothing is. */
  known(nat: NatOf): NatReport {
    return this.#entries.get(this.#key(nat))?.report ?? untestedReport()
  }

  /** A fresh report: the known one while it is young, else a new discovery; who asks meanwhile shares it. */
  async get(nat: NatOf, signal?: AbortSignal): Promise<NatReport> {
    const key = this.#key(nat)
    const entry = this.#entries.get(key)
    const { maxAgeMs = MAX_AGE_MS } = this.#options
    if (entry !== undefined && (entry.byHand || this.#ports.clock.now() - entry.at < maxAgeMs))
      return entry.report
    const before = this.#underWay.get(key)
    if (before !== undefined) return before
    const discovery = this.#discover(nat, key, signal).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, discovery)
    return discovery
  }

  /** States a NAT by hand: it stays until the network changes. */
  set(nat: NatOf, report: ReportByHand): void {
    this.#keep(this.#key(nat), reportByHand(report), true)
  }

  /** Forgets what was measured: the gateway may be another one behind the same address. */
  networkChanged(): void {
    this.#entries.clear()
    this.#underWay.clear()
  }

  async #discover({ nic, family, protocol }: NatOf, key: string, signal?: AbortSignal): Promise<NatReport> {
    const from = sourceOf(nic, family)
    if (from === undefined) return untestedReport()
    const { report }: NatDiscovery = await discoverNat(this.#ports, {
      servers: this.#options.servers,
      protocol,
      from,
      ...(signal && { limits: { signal } }),
    })
    // A network change in between has made it worthless.
    if (this.#underWay.has(key)) this.#keep(key, report, false)
    return report
  }

  #keep(key: string, report: NatReport, byHand: boolean): void {
    this.#entries.set(key, { at: this.#ports.clock.now(), byHand, report })
  }

  #key({ nic, family, protocol }: NatOf): string {
    return JSON.stringify([gatewayKey(nic, family, this.#options.gatewayMac), family, protocol])
  }
}
