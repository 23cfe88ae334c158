import { familyOf } from '@p2pd/netif'
import type { Packet, TcpPacket } from '../packet.ts'

/** Bytes of an IP header without options. RFC 791 §3.1, RFC 8200 §3. */
const IP_HEADER = { IPv4: 20, IPv6: 40 } as const
/** Bytes of a TCP header without options. RFC 9293 §3.1. */
const TCP_HEADER = 20
/** UDP and ICMP have headers of this length. RFC 768, RFC 792. */
const SHORT_HEADER = 8

/** The number of the option "maximum segment size", and its length. RFC 9293 §3.2. */
const MSS_OPTION = 2
const MSS_LENGTH = 4
/** An option of one byte: no operation. */
const NO_OPERATION = 1

/** The length of a packet with all headers, as a link counts it. */
export function packetLength(packet: Packet): number {
  const transport = packet.protocol === 'tcp' ? TCP_HEADER + packet.options.length : SHORT_HEADER
  return IP_HEADER[familyOf(packet.source.ip)] + transport + packet.payload.length
}

/**
 * The packet as a router passes it to a link with this MTU. A SYN announces segments that fit: routers before such links
 * do that, since without ICMP a longer segment would be lost each time.
 */
export function clampSegmentSize(packet: Packet, mtu: number): Packet {
  if (packet.protocol !== 'tcp' || !packet.flags.syn || mtu === Number.POSITIVE_INFINITY) return packet
  const at = segmentSizeAt(packet.options)
  const most = mtu - IP_HEADER[familyOf(packet.source.ip)] - TCP_HEADER
  if (at === undefined || (announcedSegmentSize(packet) ?? 0) <= most) return packet
  const options = packet.options.slice()
  options[at] = most >> 8
  options[at + 1] = most & 255
  return { ...packet, options }
}

/** The maximum segment size that a SYN announces, if it does. RFC 9293 §3.7.1. */
export function announcedSegmentSize({ options }: Pick<TcpPacket, 'options'>): number | undefined {
  const at = segmentSizeAt(options)
  return at === undefined ? undefined : ((options[at] ?? 0) << 8) | (options[at + 1] ?? 0)
}

/** Where the two bytes of the maximum segment size begin. */
function segmentSizeAt(options: Uint8Array): number | undefined {
  for (let at = 0; at < options.length; ) {
    const kind = options[at]
    const length = options[at + 1] ?? 0
    if (kind === MSS_OPTION && length === MSS_LENGTH && at + MSS_LENGTH <= options.length) return at + 2
    if (kind === 0 || (kind !== NO_OPERATION && length < 2)) return undefined
    at += kind === NO_OPERATION ? 1 : length
  }
  return undefined
}
