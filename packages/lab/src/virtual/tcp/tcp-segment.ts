import { type Family, familyOf, type TransportAddress } from '@p2pd/netif'
import { DEFAULT_TTL } from '../../nat/packet-parts.ts'
import type { TcpFlags, TcpPacket } from '../../packet.ts'

/** Windows are sent in units of 2^7, so that a host's buffer fits in 16 bits. RFC 7323 §2. */
export const WINDOW_SCALE = 7

/** Ethernet's 1500 bytes without headers. RFC 9293 §3.7.1. */
const SEGMENT_BYTES: Readonly<Record<Family, number>> = { IPv4: 1460, IPv6: 1440 }

const NO_BYTES: Uint8Array = new Uint8Array()

/** The fields that differ between the segments of a connection. */
export interface SegmentFields {
  readonly flags: Partial<TcpFlags>
  readonly sequence: number
  readonly acknowledgement: number
  /** Bytes of free receive buffer. */
  readonly room: number
  readonly payload?: Uint8Array
}

export function maximumSegmentSize(ip: string): number {
  return SEGMENT_BYTES[familyOf(ip)]
}

/** Builds a segment; a SYN carries the options that the later segments depend on. */
export function buildSegment(
  source: TransportAddress,
  destination: TransportAddress,
  { flags: set, sequence, acknowledgement, room, payload = NO_BYTES }: SegmentFields,
): TcpPacket {
  const flags: TcpFlags = { syn: false, ack: false, fin: false, rst: false, ...set }
  return {
    protocol: 'tcp',
    source,
    destination,
    ttl: DEFAULT_TTL,
    flags,
    sequence,
    acknowledgement: flags.ack ? acknowledgement : 0,
    window: flags.syn ? Math.min(room, 65535) : room >> WINDOW_SCALE,
    options: flags.syn ? synOptions(maximumSegmentSize(source.ip)) : NO_BYTES,
    payload,
  }
}

/** Maximum segment size, window scale, padding. RFC 9293 §3.2, RFC 7323 §2.2. */
function synOptions(mss: number): Uint8Array {
  return new Uint8Array([2, 4, mss >> 8, mss & 255, 3, 3, WINDOW_SCALE, 1])
}
