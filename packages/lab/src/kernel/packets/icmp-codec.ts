import { familyOf, type TransportAddress } from '@p2pd/netif'
import type { IcmpPacket, Packet } from '../../packet.ts'
import { checksumOf, sumWords } from './checksum.ts'
import { icmpKind, icmpNumbers } from './icmp-type.ts'
import {
  decodeIpHeader,
  encodeIpHeader,
  type IpHeader,
  ipHeaderLength,
  ProtocolNumber,
  transportChecksum,
} from './ip-header.ts'

/** RFC 792, RFC 4443 §2.1. */
export const ICMP_HEADER = 8
/** Quoted bytes of the payload: the ports and, for TCP, the sequence number that the sender checks. RFC 792. */
const QUOTED_BYTES = 8
const QUOTED_TTL = 64 // in a constructed quotation, where no host reads it

/** The packet that an error reports. */
export type About = NonNullable<IcmpPacket['about']>

/**
 * Decodes an ICMP or ICMPv6 packet. An echo's identifier is both its ports (RFC 5508 §3.1) and its payload
 * starts with its sequence number. An error's payload is the quoted packet, IP header first.
 */
export function decodeIcmp(bytes: Uint8Array, view: DataView, header: IpHeader): IcmpPacket | undefined {
  const { family, source, destination, ttl, start, end } = header
  if (end - start < ICMP_HEADER) return undefined
  const kind = icmpKind(family, view.getUint8(start), view.getUint8(start + 1))
  if (kind === undefined) return undefined
  const common = { protocol: 'icmp', kind, ttl } as const
  if (kind === 'echo-request' || kind === 'echo-reply') {
    const port = view.getUint16(start + 4)
    return {
      ...common,
      source: { ip: source, port },
      destination: { ip: destination, port },
      payload: bytes.subarray(start + 6, end),
    }
  }
  const payload = bytes.subarray(start + ICMP_HEADER, end)
  const about = decodeQuoted(payload)
  if (about === undefined) return undefined
  return {
    ...common,
    source: { ip: source, port: 0 },
    destination: { ip: destination, port: 0 },
    about,
    payload,
  }
}

/** Decodes the start of a packet that an ICMP error quotes. */
export function decodeQuoted(quoted: Uint8Array): About | undefined {
  const view = new DataView(quoted.buffer, quoted.byteOffset, quoted.byteLength)
  const header = decodeIpHeader(view)
  if (header === undefined || quoted.length < header.start + QUOTED_BYTES) return undefined
  const { source, destination, start } = header
  const about = (protocol: Packet['protocol'], from: number, to: number): About => ({
    protocol,
    source: { ip: source, port: from },
    destination: { ip: destination, port: to },
  })
  switch (header.protocol) {
    case ProtocolNumber.Udp:
      return about('udp', view.getUint16(start), view.getUint16(start + 2))
    case ProtocolNumber.Tcp:
      return about('tcp', view.getUint16(start), view.getUint16(start + 2))
    case ProtocolNumber.Icmp:
    case ProtocolNumber.Icmpv6: {
      const kind = icmpKind(header.family, view.getUint8(start), view.getUint8(start + 1))
      if (kind !== 'echo-request' && kind !== 'echo-reply') return undefined
      const identifier = view.getUint16(start + 4)
      return about('icmp', identifier, identifier)
    }
    default:
      return undefined
  }
}

/** Encodes an ICMP or ICMPv6 packet; an error without a quotation gets a constructed one. RFC 792, RFC 4443. */
export function encodeIcmp(packet: IcmpPacket): Uint8Array {
  const { kind, source, destination, ttl, about } = packet
  const payload = about && packet.payload.length === 0 ? quoteAbout(about) : packet.payload
  const family = familyOf(source.ip)
  const start = ipHeaderLength(family)
  const isEcho = kind === 'echo-request' || kind === 'echo-reply'
  const bytes = new Uint8Array(start + (isEcho ? 6 : ICMP_HEADER) + payload.length)
  const view = new DataView(bytes.buffer)
  const protocol = family === 'IPv4' ? ProtocolNumber.Icmp : ProtocolNumber.Icmpv6
  const header = { family, protocol, source: source.ip, destination: destination.ip, ttl, end: bytes.length }
  encodeIpHeader(view, header)
  const [type, code] = icmpNumbers(family, kind)
  view.setUint8(start, type)
  view.setUint8(start + 1, code)
  if (isEcho) view.setUint16(start + 4, source.port)
  bytes.set(payload, start + (isEcho ? 6 : ICMP_HEADER))
  view.setUint16(start + 2, icmpChecksum(view, protocol, start))
  return bytes
}

/** ICMPv6's checksum covers a pseudo-header, ICMP's does not. RFC 4443 §2.3. */
export function icmpChecksum(view: DataView, protocol: number, start: number): number {
  if (protocol === ProtocolNumber.Icmpv6) return transportChecksum(view, protocol, start)
  return checksumOf(sumWords(view, start, view.byteLength))
}

/** The start of `packet` that an ICMP error about it quotes. RFC 792, RFC 1812 §4.3.2.3. */
export function quote(packet: Uint8Array): Uint8Array {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength)
  const start = decodeIpHeader(view)?.start ?? 0
  return packet.slice(0, start + QUOTED_BYTES)
}

/** A quotation constructed from addresses and ports, when the packet itself is not available. */
export function quoteAbout({ protocol, source, destination }: About): Uint8Array {
  const family = familyOf(source.ip)
  const start = ipHeaderLength(family)
  const bytes = new Uint8Array(start + QUOTED_BYTES)
  const view = new DataView(bytes.buffer)
  const icmp = family === 'IPv4' ? ProtocolNumber.Icmp : ProtocolNumber.Icmpv6
  encodeIpHeader(view, {
    family,
    protocol: protocol === 'icmp' ? icmp : protocol === 'udp' ? ProtocolNumber.Udp : ProtocolNumber.Tcp,
    source: source.ip,
    destination: destination.ip,
    ttl: QUOTED_TTL,
    end: bytes.length,
  })
  writeQuotedPorts(view, start, protocol, source, destination)
  return bytes
}

function writeQuotedPorts(
  view: DataView,
  start: number,
  protocol: Packet['protocol'],
  source: TransportAddress,
  destination: TransportAddress,
): void {
  if (protocol === 'icmp') {
    view.setUint8(start, start === ipHeaderLength('IPv4') ? 8 : 128)
    view.setUint16(start + 4, source.port)
    return
  }
  view.setUint16(start, source.port)
  view.setUint16(start + 2, destination.port)
}
