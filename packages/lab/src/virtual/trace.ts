import { formatTransportAddress } from '@p2pd/netif'
import type { Packet, TcpPacket } from '../packet.ts'
import type { Crossing } from './fabric.ts'

/** One line for people and for comparing runs: `12.500 alice/eth0 up udp 10.0.0.2:4000 > 5.5.0.2:3478 20 bytes`. */
export function formatCrossing({ at, link, direction, packet, copies }: Crossing): string {
  const fate = copies === 1 ? '' : copies === 0 ? ' lost' : ' twice'
  return `${at.toFixed(3)} ${link} ${direction} ${formatPacket(packet)}${fate}`
}

/** A packet in a line: protocol, addresses, what it carries. */
export function formatPacket(packet: Packet): string {
  const way = `${formatTransportAddress(packet.source)} > ${formatTransportAddress(packet.destination)}`
  switch (packet.protocol) {
    case 'udp':
      return `udp ${way} ${packet.payload.length} bytes`
    case 'tcp':
      return `tcp ${way} ${formatFlags(packet)} ${packet.sequence}/${packet.acknowledgement} ${packet.payload.length} bytes`
    case 'icmp':
      return `icmp ${way} ${packet.kind}`
  }
}

function formatFlags({ flags }: TcpPacket): string {
  const set = Object.entries(flags).filter(([, isSet]) => isSet)
  return set.map(([name]) => name).join('+') || 'none'
}
