import type { TransportAddress } from '@p2pd/netif'
import type { IcmpError, IcmpPacket, Packet, TcpPacket } from '../packet.ts'

/** The initial TTL of Linux and macOS hosts. */
export const DEFAULT_TTL = 64

/** Whether the packet is an ICMP error about another packet. */
export function isIcmpError(packet: Packet): packet is IcmpPacket & { kind: IcmpError } {
  return packet.protocol === 'icmp' && packet.kind !== 'echo-request' && packet.kind !== 'echo-reply'
}

/** The endpoint that filters see. An echo has one identifier for both ends, so only its address counts. */
export function remoteOf(packet: Packet, end: 'source' | 'destination'): TransportAddress {
  return packet.protocol === 'icmp' ? { ip: packet[end].ip, port: 0 } : packet[end]
}

/** Replaces an address in a packet; an echo's identifier changes on both ends. RFC 5508 §3.1. */
export function readdress<P extends Packet>(
  packet: P,
  end: 'source' | 'destination',
  address: TransportAddress,
): P {
  if (packet.protocol !== 'icmp') return { ...packet, [end]: address }
  const other = end === 'source' ? 'destination' : 'source'
  return { ...packet, [end]: address, [other]: { ip: packet[other].ip, port: address.port } }
}

/** An ICMP error about a packet, to its sender. RFC 792. */
export function icmpError(kind: IcmpError, packet: Packet, fromIp = packet.destination.ip): IcmpPacket {
  const { protocol, source, destination } = packet
  return {
    protocol: 'icmp',
    kind,
    source: { ip: fromIp, port: 0 },
    destination: { ip: source.ip, port: 0 },
    ttl: DEFAULT_TTL,
    about: { protocol, source, destination },
    payload: new Uint8Array(),
  }
}

const NO_BYTES = new Uint8Array()

/** The reset with which a closed port answers a segment. RFC 9293 §3.5.2. */
export function resetFor(segment: TcpPacket): TcpPacket {
  const { flags, payload } = segment
  const length = payload.length + (flags.syn ? 1 : 0) + (flags.fin ? 1 : 0)
  return {
    protocol: 'tcp',
    source: segment.destination,
    destination: segment.source,
    ttl: DEFAULT_TTL,
    flags: { syn: false, ack: !flags.ack, fin: false, rst: true },
    sequence: flags.ack ? segment.acknowledgement : 0,
    acknowledgement: flags.ack ? 0 : (segment.sequence + length) >>> 0,
    window: 0,
    options: NO_BYTES,
    payload: NO_BYTES,
  }
}
