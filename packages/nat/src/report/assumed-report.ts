import { type Family, scopeOf } from '@p2pd/netif'
import { NatError } from '../nat-error.ts'
import { type NatReport, untestedReport } from './nat-report.ts'

const UNTRANSLATED = 'taken for a firewall without a NAT: a global IPv6 address, and no STUN server has one'

/**
 * The report of a global IPv6 address where no STUN server has an address of that family. In nearly all networks nothing
 * translates it, and a firewall lets replies in alone, RFC 6092 §3. Undefined for any other failure of a discovery.
 */
export function assumedFirewall(
  { ip, family }: { readonly ip: string; readonly family: Family },
  failure: unknown,
): NatReport | undefined {
  const isUnseen = failure instanceof NatError && failure.code === 'NAT_NO_SERVER'
  if (!isUnseen || family !== 'IPv6' || scopeOf(ip) !== 'global') return undefined
  return {
    ...untestedReport(),
    type: 'udp-firewall',
    delta: { type: 'not-applicable', value: 0 },
    evidence: [UNTRANSLATED],
    externalAddresses: [ip],
    assumed: true,
  }
}
