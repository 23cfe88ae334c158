import { type AddressKind, kindOf, splitZone } from '@p2pd/netif'
import { sameHost } from '../exchange/datagram-exchange.ts'
import type { Doubt } from '../mapping.ts'

/** Documentation addresses are public in models of the Internet. RFC 6890, RFC 5737. */
const PUBLIC_KINDS: readonly AddressKind[] = ['global', 'documentation']

/**
 * The doubts about an external address; a STUN server may have seen another one. An empty list says that others may be
 * given the address. Throws `NETIF_INVALID_ARGUMENT` for a malformed address. RFC 6598 §3.
 */
export function judgeExternal(externalIp: string | undefined, stunIp: string | undefined): Doubt[] {
  if (externalIp === undefined) return ['external-address-missing']
  const doubts: Doubt[] = []
  if (!isPublic(externalIp)) doubts.push('external-address-not-public')
  if (stunIp !== undefined && !sameHost(stunIp, externalIp)) doubts.push('differs-from-stun')
  return doubts
}

/**
 * Whether an address reaches across the Internet, as far as its number tells. Throws `NETIF_INVALID_ARGUMENT` for a
 * malformed address. RFC 1918, RFC 6598, RFC 6890.
 */
export function isPublic(ip: string): boolean {
  return PUBLIC_KINDS.includes(kindOf(splitZone(ip).ip))
}
