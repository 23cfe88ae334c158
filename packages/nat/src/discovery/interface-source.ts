import type { Family, Gateway, Interface } from '@p2pd/netif'
import type { ProbeSource } from '../probe/prober.ts'

/** The gateway's hardware address, where the system tells: `gatewayMac` of `@p2pd/netif/node` asks it. */
export type GatewayMac = (ip: string, interfaceName: string) => Promise<string | undefined>

/** The gateway that the system prefers. */
export function preferredGateway({ gateways }: Interface, family: Family): Gateway | undefined {
  return gateways.filter((one) => one.family === family).sort((a, b) => a.metric - b.metric)[0]
}

/** What tells one router from another: its address and MAC, or else the NIC it is reached through. */
export async function gatewayKey(nic: Interface, family: Family, macOf?: GatewayMac): Promise<string> {
  const ip = preferredGateway(nic, family)?.ip
  const mac = ip === undefined ? undefined : await macOf?.(ip, nic.name)
  return JSON.stringify([family, ip, mac ?? nic.name])
}

/** How far the addresses reach that a NIC sends from, the farthest first; loopback where the servers are on this host. */
const SCOPES = ['global', 'private', 'host'] as const

/** The address a NIC sends from to the rest of the world. RFC 6724 §5. */
export function sourceOf(nic: Interface, family: Family): ProbeSource | undefined {
  const usable = nic.addresses.filter((address) => address.family === family && !address.deprecated)
  const [best] = SCOPES.flatMap((reach) => usable.find(({ scope }) => scope === reach) ?? [])
  return best === undefined ? undefined : { ip: best.ip, interfaceName: nic.name }
}
