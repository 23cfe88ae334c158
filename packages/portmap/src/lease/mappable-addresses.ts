import { type Family, type Interface, type InterfaceAddress, kindOf } from '@p2pd/netif'
import type { GatewayAddress } from '../gateway/mapping-request.ts'

/** More gateways than that on one NIC are not asked. */
const MAX_GATEWAYS = 4

/**
 * The addresses of a NIC that mappings can be asked for, best first: IPv4 ones, then global IPv6 ones. Temporary IPv6
 * addresses come last, since the system gives them up; unique local, link-local and deprecated ones lead nowhere.
 *
 * Throws `NETIF_INVALID_ARGUMENT` for a NIC whose address is malformed; those of `loadInterfaces` never are. RFC 4007 §4,
 * RFC 8981 §3.4.
 */
export function mappableAddresses(nic: Interface): string[] {
  const usable = nic.addresses.filter(({ deprecated }) => !deprecated)
  const ipv4 = usable.filter(({ family, ip }) => family === 'IPv4' && kindOf(ip) !== 'link-local')
  const ipv6 = usable.filter(({ family, scope }) => family === 'IPv6' && scope === 'global')
  const lasting = (a: InterfaceAddress, b: InterfaceAddress) => Number(a.temporary) - Number(b.temporary)
  return [...ipv4, ...ipv6.toSorted(lasting)].map(({ ip }) => ip)
}

/** A NIC's gateways of a family, the one that the system prefers first. */
export function gatewaysOf(nic: Interface, family: Family): GatewayAddress[] {
  const own = nic.gateways
    .filter((gateway) => gateway.family === family)
    .toSorted((a, b) => a.metric - b.metric)
  const ips = own.slice(0, MAX_GATEWAYS).map(({ ip }) => withZone(ip, nic))
  return ips.map((ip) => ({ ip, nic, others: ips.filter((other) => other !== ip) }))
}

/** A link-local address says nothing without its link. RFC 4007 §6. */
function withZone(ip: string, nic: Interface): string {
  const needsZone = !ip.includes('%') && ip.includes(':') && kindOf(ip) === 'link-local'
  return needsZone ? `${ip}%${nic.name}` : ip
}
