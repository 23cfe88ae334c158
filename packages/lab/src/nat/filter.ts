import type { TransportAddress } from '@p2pd/netif'
import type { Packet } from '../packet.ts'
import type { Dependency } from './dependency.ts'
import type { Mapping } from './mapping-table.ts'
import { isIcmpError } from './packet-parts.ts'
import type { TrafficSettings } from './settings.ts'

/** Whether a packet from `remote` may come in by a mapping. RFC 4787 §5. */
export function admits(
  filtering: Dependency,
  mapping: Mapping,
  remote: TransportAddress,
  now: number,
): boolean {
  switch (filtering) {
    case 'endpoint-independent':
      return true
    case 'address-dependent':
      return mapping.hasSessionWith(remote.ip, now)
    case 'address-and-port-dependent':
      return mapping.session(remote, now) !== undefined
  }
}

/** HTTP and HTTPS: the only ports that the strictest guest networks leave open. */
const WEB_PORTS: readonly number[] = [80, 443]

/** Whether a box passes this kind of traffic at all. */
export function passes(
  { passes: rule, maxUdpBytes }: TrafficSettings,
  packet: Packet,
  remotePort: number,
): boolean {
  if (packet.protocol === 'udp' && packet.payload.length > maxUdpBytes) return false
  switch (rule) {
    case 'everything':
      return true
    case 'no-udp':
      return packet.protocol !== 'udp'
    case 'no-tcp':
      return packet.protocol !== 'tcp'
    case 'web-only':
      return isIcmpError(packet) || (packet.protocol === 'tcp' && WEB_PORTS.includes(remotePort))
  }
}
