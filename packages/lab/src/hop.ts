import type { Emission, Middlebox, Side } from './middlebox.ts'
import { icmpError, isIcmpError } from './nat/packet-parts.ts'
import type { Packet } from './packet.ts'

/**
 * Sends a packet through a router: it decrements the TTL, then applies the box. A packet without hops left is
 * answered with `time-exceeded` from `routerIp`, the router's address on the side of the sender. RFC 1812 §5.3.1.
 */
export function hop(box: Middlebox, packet: Packet, side: Side, now: number, routerIp: string): Emission[] {
  if (packet.ttl > 1) return box.receive({ ...packet, ttl: packet.ttl - 1 }, side, now)
  return isIcmpError(packet) ? [] : [{ side, packet: icmpError('time-exceeded', packet, routerIp) }]
}
