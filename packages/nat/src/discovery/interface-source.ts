import { type Family, type Gateway, type Interface, sourceOnNic } from '@p2pd/netif'
import type { ProbeSource } from '../probe/prober.ts'

/** Finds the MAC address of a gateway, where the system knows it: `gatewayMac` of `@p2pd/netif/node`. */
export type GatewayMac = (ip: string, interfaceName: string) => Promise<string | undefined>

/** The gateway that the system prefers. */
export function preferredGateway({ gateways }: Interface, family: Family): Gateway | undefined {
  return gateways.filter((one) => one.family === family).sort((a, b) => a.metric - b.metric)[0]
}

/** A key for a gateway: its IP address and MAC address, or the NIC that leads to it. */
export async function gatewayKey(nic: Interface, family: Family, macOf?: GatewayMac): Promise<string> {
  const ip = preferredGateway(nic, family)?.ip
  const mac = ip === undefined ? undefined : await macOf?.(ip, nic.name)
  return JSON.stringify([family, ip, mac ?? nic.name])
}

/** The address that a NIC sends from to the Internet. RFC 6724 §5. */
export function sourceOf(nic: Interface, family: Family): ProbeSource | undefined {
  const best = sourceOnNic(nic, family)
  return best === undefined ? undefined : { ip: best.ip, interfaceName: nic.name }
}
