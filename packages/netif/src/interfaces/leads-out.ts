import { IpRange } from '../ip/ip-range.ts'
import type { Family } from '../ip/family.ts'
import type { Interface, InterfaceAddress } from './interface.ts'

/** Whether a default route leads through a NIC. Point-to-point links have one without a router. */
export function leadsOut(nic: Interface, family: Family): boolean {
  const hasRouter = nic.gateways.some((gateway) => gateway.family === family)
  return nic.default[family] || hasRouter || nic.defaultRoute?.[family] === true
}

/** Loopback addresses serve when the servers are on this host. */
const SCOPES = ['global', 'private', 'host'] as const

/**
 * The address that a NIC sends from to the Internet. It is the kernel's own choice where that is known. Else an address on the
 * network of the router comes first, and the one that reaches furthest after it. Others may be routed nowhere. RFC 6724 §5.
 */
export function sourceOnNic(nic: Interface, family: Family): InterfaceAddress | undefined {
  const usable = nic.addresses.filter((address) => address.family === family && !address.deprecated)
  const chosen = nic.source?.[family]
  const near = usable.filter((address) => reachesRouter(nic, address))
  return (
    usable.find(({ ip }) => ip === chosen) ??
    SCOPES.flatMap((scope) => near.find((address) => address.scope === scope) ?? [])[0] ??
    SCOPES.flatMap((scope) => usable.find((address) => address.scope === scope) ?? [])[0]
  )
}

/** IPv6 routers have link-local addresses, which say nothing about the others. RFC 4861 §6.1.2. */
function reachesRouter({ gateways }: Interface, { family, ip, prefixLength }: InterfaceAddress): boolean {
  const network = new IpRange(ip, prefixLength)
  return gateways.some((gateway) => gateway.family === family && network.contains(gateway.ip))
}
