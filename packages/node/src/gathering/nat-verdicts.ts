import { NatError, type NatReport, untestedReport } from '@p2pd/nat'
import { scopeOf } from '@p2pd/netif'
import type { Base } from '../candidates/base.ts'

/** Facts beside the probes over TCP. */
export interface TcpFacts {
  /** The report of the same NAT over UDP. */
  readonly udp: NatReport | undefined
  /** A server was reached over TCP from the address that the probes left from. */
  readonly isReached: boolean
}

const PASSES = 'not tested: a server is reached over TCP, and no STUN server answers over it'
const AS_OVER_UDP = 'taken to be as over UDP'
const UNTRANSLATED = 'taken for a firewall without a NAT: a global IPv6 address, and no STUN server has one'

/**
 * The report to punch by over TCP. A network through which a server is reached lets TCP through, however silent the STUN
 * servers are. Where none of them answers, the NAT is taken to assign ports as it does over UDP.
 */
export function judgeTcp(measured: NatReport, { udp, isReached }: TcpFacts): NatReport {
  const isContradicted = measured.type === 'blocked' && measured.confidence < 1 && isReached
  const report = isContradicted ? { ...untestedReport(), evidence: [PASSES, ...measured.evidence] } : measured
  if (report.type === 'blocked' || report.confidence > 0) return report
  if (udp === undefined || udp.confidence === 0 || udp.type === 'blocked') return report
  const { mappingLifetimeMs: _, ...assumed } = udp
  return { ...assumed, confidence: 0, evidence: [...report.evidence, AS_OVER_UDP] }
}

/** The measured reports of a host's NATs, and the verdict that follows from all of them together. */
export class NatVerdicts {
  /** By protocol and address. */
  readonly #measured = new Map<string, NatReport>()
  /** Addresses from which a server was reached over TCP. */
  readonly #reached = new Set<string>()

  /** Takes note of a report; returns the one to punch by, and to show. */
  judged({ ip }: Pick<Base, 'ip'>, protocol: 'udp' | 'tcp', report: NatReport): NatReport {
    this.#measured.set(`${protocol} ${ip}`, report)
    if (protocol === 'udp') return report
    return judgeTcp(report, { udp: this.#measured.get(`udp ${ip}`), isReached: this.#reached.has(ip) })
  }

  /** The verdict over TCP as of now; undefined before anything was measured. */
  tcp(base: Pick<Base, 'ip'>): NatReport | undefined {
    const measured = this.#measured.get(`tcp ${base.ip}`)
    return measured && this.judged(base, 'tcp', measured)
  }

  /** A server was reached over TCP from this address: no silence of STUN servers proves the contrary. */
  reachedFrom(ip: string): void {
    this.#reached.add(ip)
  }

  /** Forgets the reports: the network has changed. */
  clear(): void {
    this.#measured.clear()
  }
}

/** Whether no STUN server would answer, so that asking for a mapping only takes time. */
export function isAssumed({ evidence }: NatReport): boolean {
  const last = evidence.at(-1)
  return last === AS_OVER_UDP || last === UNTRANSLATED
}

/**
 * The report of a global IPv6 address where no STUN server has an address of that family. In nearly all networks nothing
 * translates it, and a firewall lets replies in alone, RFC 6092 §3. Throws any other failure again.
 */
export function untranslated({ ip, family }: Pick<Base, 'ip' | 'family'>, failure: unknown): NatReport {
  const isUnseen = failure instanceof NatError && failure.code === 'NAT_NO_SERVER'
  if (!isUnseen || family !== 'IPv6' || scopeOf(ip) !== 'global') throw failure
  return {
    ...untestedReport(),
    type: 'udp-firewall',
    mapping: 'endpoint-independent',
    filtering: 'address-and-port-dependent',
    delta: { type: 'not-applicable', value: 0 },
    evidence: [UNTRANSLATED],
    externalAddresses: [ip],
  }
}
