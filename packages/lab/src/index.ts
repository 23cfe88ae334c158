/**
 * An Internet on one machine.
 *
 * @packageDocumentation
 */
export type { Emission, Middlebox, Side } from './middlebox.ts'
export type { IcmpError, IcmpPacket, Packet, TcpFlags, TcpPacket, UdpPacket } from './packet.ts'
