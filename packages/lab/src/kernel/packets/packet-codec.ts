import { familyOf, type TransportAddress } from '@p2pd/netif'
import type { Packet, TcpPacket, UdpPacket } from '../../packet.ts'
import { decodeIcmp, encodeIcmp } from './icmp-codec.ts'
import {
  decodeIpHeader,
  encodeIpHeader,
  type IpHeader,
  ipHeaderLength,
  ProtocolNumber,
  transportChecksum,
} from './ip-header.ts'

const UDP_HEADER = 8 // RFC 768
const TCP_HEADER = 20 // without options, RFC 9293 §3.1

/** Control bits. RFC 9293 §3.1. */
const TcpBit = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const

/**
 * Decodes a packet that a kernel sent through its TUN device; payload and options are views of `bytes`.
 * Undefined for packets that lab routers do not carry: malformed packets, fragments, IPv6 extension headers,
 * neighbour discovery, other protocols.
 */
export function decodePacket(bytes: Uint8Array): Packet | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const header = decodeIpHeader(view)
  if (header === undefined || header.end > bytes.length) return undefined
  switch (header.protocol) {
    case ProtocolNumber.Udp:
      return decodeUdp(bytes, view, header)
    case ProtocolNumber.Tcp:
      return decodeTcp(bytes, view, header)
    case header.family === 'IPv4' ? ProtocolNumber.Icmp : ProtocolNumber.Icmpv6:
      return decodeIcmp(bytes, view, header)
    default:
      return undefined
  }
}

function decodeUdp(bytes: Uint8Array, view: DataView, header: IpHeader): UdpPacket | undefined {
  const { start, end } = header
  if (end - start < UDP_HEADER) return undefined
  const length = view.getUint16(start + 4)
  if (length < UDP_HEADER || start + length > end) return undefined
  return {
    protocol: 'udp',
    ...endpoints(view, header),
    payload: bytes.subarray(start + UDP_HEADER, start + length),
  }
}

function decodeTcp(bytes: Uint8Array, view: DataView, header: IpHeader): TcpPacket | undefined {
  const { start, end } = header
  if (end - start < TCP_HEADER) return undefined
  const dataAt = start + (view.getUint8(start + 12) >> 4) * 4
  if (dataAt < start + TCP_HEADER || dataAt > end) return undefined
  const bits = view.getUint8(start + 13)
  return {
    protocol: 'tcp',
    ...endpoints(view, header),
    flags: {
      syn: (bits & TcpBit.syn) !== 0,
      ack: (bits & TcpBit.ack) !== 0,
      fin: (bits & TcpBit.fin) !== 0,
      rst: (bits & TcpBit.rst) !== 0,
    },
    sequence: view.getUint32(start + 4),
    acknowledgement: view.getUint32(start + 8),
    window: view.getUint16(start + 14),
    options: bytes.subarray(start + TCP_HEADER, dataAt),
    payload: bytes.subarray(dataAt, end),
  }
}

function endpoints(view: DataView, { source, destination, ttl, start }: IpHeader) {
  return {
    source: { ip: source, port: view.getUint16(start) } satisfies TransportAddress,
    destination: { ip: destination, port: view.getUint16(start + 2) } satisfies TransportAddress,
    ttl,
  }
}

/**
 * Encodes a packet with its checksums. Fields that `Packet` does not hold (urgent pointer, ECN, flow label) are
 * zero; `rewritePacket` keeps them.
 */
export function encodePacket(packet: Packet): Uint8Array {
  switch (packet.protocol) {
    case 'udp':
      return encodeUdp(packet)
    case 'tcp':
      return encodeTcp(packet)
    case 'icmp':
      return encodeIcmp(packet)
  }
}

function encodeUdp(packet: UdpPacket): Uint8Array {
  const { bytes, view, start } = frame(packet, ProtocolNumber.Udp, UDP_HEADER + packet.payload.length)
  view.setUint16(start + 4, UDP_HEADER + packet.payload.length)
  bytes.set(packet.payload, start + UDP_HEADER)
  const checksum = transportChecksum(view, ProtocolNumber.Udp, start)
  view.setUint16(start + 6, checksum === 0 ? 0xffff : checksum) // 0 means "none", RFC 768
  return bytes
}

function encodeTcp(packet: TcpPacket): Uint8Array {
  const { flags, options, payload } = packet
  const headerLength = TCP_HEADER + Math.ceil(options.length / 4) * 4
  const { bytes, view, start } = frame(packet, ProtocolNumber.Tcp, headerLength + payload.length)
  view.setUint32(start + 4, packet.sequence)
  view.setUint32(start + 8, packet.acknowledgement)
  view.setUint8(start + 12, (headerLength / 4) << 4)
  view.setUint8(
    start + 13,
    (flags.fin ? TcpBit.fin : 0) |
      (flags.syn ? TcpBit.syn : 0) |
      (flags.rst ? TcpBit.rst : 0) |
      (flags.ack ? TcpBit.ack : 0) |
      (payload.length > 0 ? TcpBit.psh : 0),
  )
  view.setUint16(start + 14, packet.window)
  bytes.set(options, start + TCP_HEADER)
  bytes.set(payload, start + headerLength)
  view.setUint16(start + 16, transportChecksum(view, ProtocolNumber.Tcp, start))
  return bytes
}

/** A buffer for a whole packet, with its IP header and ports written. */
function frame(packet: UdpPacket | TcpPacket, protocol: number, length: number) {
  const { source, destination, ttl } = packet
  const family = familyOf(source.ip)
  const start = ipHeaderLength(family)
  const bytes = new Uint8Array(start + length)
  const view = new DataView(bytes.buffer)
  encodeIpHeader(view, {
    family,
    protocol,
    source: source.ip,
    destination: destination.ip,
    ttl,
    end: bytes.length,
  })
  view.setUint16(start, source.port)
  view.setUint16(start + 2, destination.port)
  return { bytes, view, start }
}
