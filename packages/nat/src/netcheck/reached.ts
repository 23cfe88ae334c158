import type { Family, TransportAddress } from '@p2pd/netif'
import { parseStunUri } from '@p2pd/stun'
import { type NatReport, untestedReport } from '../report/nat-report.ts'
import type { ServerCheck } from './check-servers.ts'
import type { NetcheckInterface } from './netcheck-interface.ts'

/** A way by which something came back from another machine. */
export interface Reached {
  readonly protocol: 'udp' | 'tcp'
  readonly family: Family
  /** It was a web port: see `provesTcp`. @default false */
  readonly webOnly?: boolean
}

/** HTTP and HTTPS. RFC 9110 §4.2. */
const WEB_PORTS = [80, 443]
const WEB_ONLY = 'a server was reached at a web port, and some firewalls let TCP to no other port out'

/**
 * Whether an answer from a port over TCP shows that TCP is not blocked. Some firewalls let nothing but the web out. Peers use
 * other ports, so an answer from port 80 or 443 says nothing about them. A RST counts as an answer: the packet came back.
 */
export function provesTcp({ port }: Pick<TransportAddress, 'port'>): boolean {
  return !WEB_PORTS.includes(port)
}

/** The way by which a STUN server answers. Its port does not matter, since the NAT is tested through the same one. */
export function reachedByStun({ ok, family, server }: ServerCheck): Reached[] {
  return ok && family !== undefined ? [{ protocol: parseStunUri(server).transport, family }] : []
}

/**
 * Reconciles the NATs of a NIC with the ways by which this host has reached servers. An answer shows that the protocol is not
 * blocked: the source of the probes, or STUN, was at fault.
 */
export function withoutContradiction(nic: NetcheckInterface, ways: readonly Reached[]): NetcheckInterface {
  const judged = (report: NatReport, protocol: Reached['protocol'], family: Family): NatReport => {
    if (report.type !== 'blocked' || !nic.default[family]) return report
    const own = ways.filter((way) => way.protocol === protocol && way.family === family)
    if (own.length === 0) return report
    if (own.every(({ webOnly }) => webOnly === true))
      return { ...report, evidence: [...report.evidence, WEB_ONLY] }
    const source = `no STUN server answered the address of ${nic.name}, though other servers send packets back by this protocol`
    return { ...untestedReport(), evidence: [`not tested: ${source}`] }
  }
  const routes = nic.routes.map((route) => {
    const { udp, tcp } = route.nat
    const nat = { udp: judged(udp, 'udp', route.family), tcp: judged(tcp, 'tcp', route.family) }
    return { ...route, nat }
  })
  return { ...nic, routes }
}
