import type { Packet } from './packet.ts'

/** The two sides of a NAT or firewall: towards its subscribers, towards the Internet. */
export type Side = 'inside' | 'outside'

/** A packet that a box puts on one of its sides. */
export interface Emission {
  readonly side: Side
  readonly packet: Packet
}

/**
 * A NAT or a firewall, for both Internets. Pure: time is passed in. An empty result drops the packet. Hairpinned
 * packets, RSTs and ICMP errors leave on the side that the packet came from. `hop` decrements the TTL, not the box.
 */
export interface Middlebox {
  receive(packet: Packet, side: Side, now: number): Emission[]
  /** Loses all mappings, as after a power cut. */
  restart(): void
}
