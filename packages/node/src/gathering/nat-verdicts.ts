import { type NatReport, untestedReport } from '@p2pd/nat'
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
  return { ...assumed, assumed: true, confidence: 0, evidence: [...report.evidence, AS_OVER_UDP] }
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

  /** The report over TCP that follows from the one over UDP alone; undefined while that knows nothing. */
  tcpAsOverUdp({ ip }: Pick<Base, 'ip'>): NatReport | undefined {
    const report = judgeTcp(untestedReport(), { udp: this.#measured.get(`udp ${ip}`), isReached: true })
    return report.assumed === true ? report : undefined
  }

  /** A server was reached over TCP from this address: no silence of STUN servers proves the contrary. */
  reachedFrom(ip: string): void {
    this.#reached.add(ip)
  }

  /** Forgets everything: the network has changed, and the same address may be behind another firewall now. */
  clear(): void {
    this.#measured.clear()
    this.#reached.clear()
  }
}
