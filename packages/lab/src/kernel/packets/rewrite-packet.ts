import { familyOf, type TransportAddress } from '@p2pd/netif'
import type { IcmpPacket, Packet, TcpPacket } from '../../packet.ts'
import { correctChecksum, replaceWord } from './checksum.ts'
import { type About, ICMP_HEADER, icmpChecksum } from './icmp-codec.ts'
import { icmpNumbers } from './icmp-type.ts'
import { ipBytes } from './ip-bytes.ts'
import { addressesAt, ProtocolNumber } from './ip-header.ts'

const TCP_HEADER = 20 // without options, RFC 9293 §3.1

/**
 * Writes a packet's addresses, ports, TTL and the options of a SYN over those of the bytes it was decoded from. All other fields stay as
 * the kernel wrote them. Checksums are corrected, not recomputed, so that a wrong one stays wrong. RFC 3022 §4.
 */
export function rewritePacket(bytes: Uint8Array, packet: Packet): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { source, destination } = packet
  const start = transportStart(view, 0)
  const correction = rewriteHeader(view, 0, source.ip, destination.ip, packet.ttl)
  switch (packet.protocol) {
    case 'udp':
      rewriteUdp(view, start, correction + rewritePorts(view, start, source, destination))
      break
    case 'tcp':
      rewriteChecksum(
        view,
        start + 16,
        correction + rewritePorts(view, start, source, destination) + rewriteOptions(view, start, packet),
      )
      break
    case 'icmp':
      rewriteIcmp(view, start, packet, correction)
      break
  }
  return bytes
}

function transportStart(view: DataView, from: number): number {
  return from + (view.getUint8(from) >> 4 === 4 ? (view.getUint8(from) & 15) * 4 : 40)
}

/** Writes addresses and TTL; returns the addresses' term in the correction of checksums that cover them. */
function rewriteHeader(
  view: DataView,
  from: number,
  source: string,
  destination: string,
  ttl?: number,
): number {
  const family = familyOf(source)
  const at = from + addressesAt(family)
  const sourceBytes = ipBytes(source)
  const correction =
    rewriteBytes(view, at, sourceBytes) + rewriteBytes(view, at + sourceBytes.length, ipBytes(destination))
  if (family === 'IPv6') {
    if (ttl !== undefined) view.setUint8(from + 7, ttl)
    return correction
  }
  const protocol = view.getUint8(from + 9)
  const ttlCorrection = ttl === undefined ? 0 : replaceWord(view, from + 8, ttl * 256 + protocol)
  rewriteChecksum(view, from + 10, correction + ttlCorrection)
  return correction
}

function rewriteBytes(view: DataView, offset: number, bytes: Uint8Array): number {
  let correction = 0
  for (let at = 0; at < bytes.length; at += 2) {
    correction += replaceWord(view, offset + at, (bytes[at] as number) * 256 + (bytes[at + 1] as number))
  }
  return correction
}

function rewritePorts(
  view: DataView,
  start: number,
  source: TransportAddress,
  destination: TransportAddress,
): number {
  return replaceWord(view, start, source.port) + replaceWord(view, start + 2, destination.port)
}

/** Routers change options of SYNs only: the maximum segment size. */
function rewriteOptions(view: DataView, start: number, { flags, options }: TcpPacket): number {
  return flags.syn ? rewriteBytes(view, start + TCP_HEADER, options) : 0
}

function rewriteChecksum(view: DataView, offset: number, correction: number): void {
  view.setUint16(offset, correctChecksum(view.getUint16(offset), correction))
}

/** A checksum of 0 means "none", so a computed 0 is written as 0xffff. RFC 768. */
function rewriteUdp(view: DataView, start: number, correction: number): void {
  const checksum = view.getUint16(start + 6)
  if (checksum === 0) return
  const corrected = correctChecksum(checksum, correction)
  view.setUint16(start + 6, corrected === 0 ? 0xffff : corrected)
}

function rewriteIcmp(view: DataView, start: number, packet: IcmpPacket, addresses: number): void {
  const isIpv4 = familyOf(packet.source.ip) === 'IPv4'
  if (packet.about === undefined) {
    const identifier = replaceWord(view, start + 4, packet.source.port)
    rewriteChecksum(view, start + 2, identifier + (isIpv4 ? 0 : addresses))
    return
  }
  rewriteQuoted(view, start + ICMP_HEADER, packet.about)
  const protocol = isIpv4 ? ProtocolNumber.Icmp : ProtocolNumber.Icmpv6
  view.setUint16(start + 2, 0)
  view.setUint16(start + 2, icmpChecksum(view, protocol, start))
}

/** The quoted packet's own transport checksum stays unchanged: mostly it is cut off. RFC 5508 §4.2. */
function rewriteQuoted(view: DataView, from: number, { protocol, source, destination }: About): void {
  const start = transportStart(view, from)
  rewriteHeader(view, from, source.ip, destination.ip)
  if (protocol !== 'icmp') rewritePorts(view, start, source, destination)
  else view.setUint16(start + 4, isEchoReply(view.getUint8(start)) ? destination.port : source.port)
}

function isEchoReply(type: number): boolean {
  return type === icmpNumbers('IPv4', 'echo-reply')[0] || type === icmpNumbers('IPv6', 'echo-reply')[0]
}
