import type { Family, Interface } from '@p2pd/netif'
import type { ProbeSource } from './probe/prober.ts'

/** What tells one router from another: its address and MAC, or else the NIC it is reached through. */
export function gatewayKey(
  nic: Interface,
  family: Family,
  macOf?: (ip: string) => string | undefined,
): string[] {
  const ip = nic.gateways.find((gateway) => gateway.family === family)?.ip
  if (ip === undefined) return [nic.name]
  const mac = macOf?.(ip)
  return mac === undefined ? [ip, nic.name] : [ip, mac]
}

/** The address a NIC sends from to the rest of the world. RFC 6724 §5. */
export function sourceOf(nic: Interface, family: Family): ProbeSource | undefined {
  const usable = nic.addresses.filter((address) => address.family === family && !address.deprecated)
  const best =
    usable.find(({ scope }) => scope === 'global') ?? usable.find(({ scope }) => scope === 'private')
  return best === undefined ? undefined : { ip: best.ip, interfaceName: nic.name }
}
