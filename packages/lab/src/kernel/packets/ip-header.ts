import type { Family } from '@p2pd/netif'
import { checksumOf, sumWords } from './checksum.ts'
import { formatIpv4, formatIpv6, ipBytes } from './ip-bytes.ts'

/** Numbers of the protocols above IP. IANA "Assigned Internet Protocol Numbers". */
export const ProtocolNumber = { Icmp: 1, Tcp: 6, Udp: 17, Icmpv6: 58 } as const

const IPV4_LENGTH = 20 // without options, RFC 791 §3.1
const IPV6_LENGTH = 40 // RFC 8200 §3
const MORE_FRAGMENTS_AND_OFFSET = 0x3fff // RFC 791 §3.1; "don't fragment" may be set

/** The fields that both versions' headers share, and the bounds of the payload. */
export interface IpHeader {
  readonly family: Family
  readonly protocol: number
  readonly source: string
  readonly destination: string
  readonly ttl: number
  /** Offset of the payload. */
  readonly start: number
  /** End of the payload by the header's own length; a quoted packet may be cut before. */
  readonly end: number
}

/** Decodes an IP header; undefined for incomplete packets and IPv6 extension headers. RFC 791 §3.1, RFC 8200 §3. */
export function decodeIpHeader(view: DataView, from = 0): IpHeader | undefined {
  if (view.byteLength - from < IPV4_LENGTH) return undefined
  const version = view.getUint8(from) >> 4
  if (version === 4) return decodeIpv4(view, from)
  return version === 6 && view.byteLength - from >= IPV6_LENGTH ? decodeIpv6(view, from) : undefined
}

function decodeIpv4(view: DataView, from: number): IpHeader | undefined {
  const length = (view.getUint8(from) & 15) * 4
  const total = view.getUint16(from + 2)
  const fragment = (view.getUint16(from + 6) & MORE_FRAGMENTS_AND_OFFSET) !== 0
  if (length < IPV4_LENGTH || total < length || view.byteLength - from < length || fragment) return undefined
  return {
    family: 'IPv4',
    protocol: view.getUint8(from + 9),
    source: formatIpv4(view, from + 12),
    destination: formatIpv4(view, from + 16),
    ttl: view.getUint8(from + 8),
    start: from + length,
    end: from + total,
  }
}

function decodeIpv6(view: DataView, from: number): IpHeader {
  return {
    family: 'IPv6',
    protocol: view.getUint8(from + 6),
    source: formatIpv6(view, from + 8),
    destination: formatIpv6(view, from + 24),
    ttl: view.getUint8(from + 7),
    start: from + IPV6_LENGTH,
    end: from + IPV6_LENGTH + view.getUint16(from + 4),
  }
}

/** The length of a header without options. */
export function ipHeaderLength(family: Family): number {
  return family === 'IPv4' ? IPV4_LENGTH : IPV6_LENGTH
}

/** The offset of the source address; the destination follows it. */
export function addressesAt(family: Family): number {
  return family === 'IPv4' ? 12 : 8
}

/** Writes a header without options at the start of `view`; `end` is the packet's length. */
export function encodeIpHeader(view: DataView, header: Omit<IpHeader, 'start'>): void {
  const target = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  const source = ipBytes(header.source)
  target.set(source, addressesAt(header.family))
  target.set(ipBytes(header.destination), addressesAt(header.family) + source.length)
  if (header.family === 'IPv6') {
    view.setUint32(0, 0x60000000)
    view.setUint16(4, header.end - IPV6_LENGTH)
    view.setUint8(6, header.protocol)
    view.setUint8(7, header.ttl)
    return
  }
  view.setUint16(0, 0x4500)
  view.setUint16(2, header.end)
  view.setUint16(6, 0x4000) // "don't fragment": then the identification may stay 0, RFC 6864 §4.1
  view.setUint8(8, header.ttl)
  view.setUint8(9, header.protocol)
  view.setUint16(10, 0)
  view.setUint16(10, checksumOf(sumWords(view, 0, IPV4_LENGTH)))
}

/** The checksum of TCP, UDP or ICMPv6 in a whole packet, its own field still zero. RFC 9293 §3.1, RFC 8200 §8.1. */
export function transportChecksum(view: DataView, protocol: number, start: number): number {
  const end = view.byteLength
  const family = view.getUint8(0) >> 4 === 6 ? 'IPv6' : 'IPv4'
  const pseudoHeader = sumWords(view, addressesAt(family), ipHeaderLength(family), protocol + end - start)
  return checksumOf(sumWords(view, start, end, pseudoHeader))
}
