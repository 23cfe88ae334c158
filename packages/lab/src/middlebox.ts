import type { Packet } from './packet.ts'

/** The two sides of a NAT or firewall: towards its subscribers, towards the Internet. */
export type Side = 'inside' | 'outside'

/** A packet that a box puts on one of its sides. */
export interface Emission {
  readonly side: Side
  readonly packet: Packet
}

/**
 * A NAT or a firewall: pure, time passed in. Both Internets put their packets through it.
 * Nothing emitted means dropped; a hairpin comes back on the side it came from, as do RSTs and ICMP errors.
 * Counting hops is the Internet's job, not the box's: `hop` does it for both of them.
 */
export interface Middlebox {
  receive(packet: Packet, side: Side, now: number): Emission[]
  /** Forgets every mapping, as a power cut does. */
  restart(): void
}
