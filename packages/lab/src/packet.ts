import type { TransportAddress } from '@p2pd/netif'

/** The fields of every packet. ICMP echo has its identifier in place of the ports (RFC 5508 §3.1). */
interface PacketHeader {
  readonly source: TransportAddress
  readonly destination: TransportAddress
  /** Hops left; each router decrements it. */
  readonly ttl: number
}

/** A UDP datagram. RFC 768. */
export interface UdpPacket extends PacketHeader {
  readonly protocol: 'udp'
  readonly payload: Uint8Array
}

/** The control bits that middleboxes and hosts act on. RFC 9293 §3.1. */
export interface TcpFlags {
  readonly syn: boolean
  readonly ack: boolean
  readonly fin: boolean
  readonly rst: boolean
}

/** A TCP segment. RFC 9293 §3.1. */
export interface TcpPacket extends PacketHeader {
  readonly protocol: 'tcp'
  readonly flags: TcpFlags
  readonly sequence: number
  readonly acknowledgement: number
  readonly window: number
  /** Options as on the wire, padded; those of a real kernel pass unchanged. */
  readonly options: Uint8Array
  readonly payload: Uint8Array
}

/** An ICMP error; it names the packet it reports, as the sender wrote that. RFC 792, RFC 4443. */
export type IcmpError =
  | 'port-unreachable'
  | 'host-unreachable'
  | 'administratively-prohibited'
  | 'time-exceeded'

/** An ICMP or ICMPv6 packet. */
export interface IcmpPacket extends PacketHeader {
  readonly protocol: 'icmp'
  readonly kind: 'echo-request' | 'echo-reply' | IcmpError
  /** Protocol and addresses of the packet an error is about. */
  readonly about?: {
    readonly protocol: Packet['protocol']
    readonly source: TransportAddress
    readonly destination: TransportAddress
  }
  readonly payload: Uint8Array
}

export type Packet = UdpPacket | TcpPacket | IcmpPacket
