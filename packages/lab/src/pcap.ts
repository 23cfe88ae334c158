import { packetBytes } from './kernel/routers/tun-port.ts'
import type { Packet } from './packet.ts'

/** Little-endian, microseconds. draft-ietf-opsawg-pcap §4. */
const MAGIC = 0xa1b2c3d4
/** Each packet begins with its IP header. */
const LINKTYPE_RAW = 101
const SNAPSHOT_LENGTH = 65_535

/** The beginning of a capture file. draft-ietf-opsawg-pcap §4. */
export function pcapHeader(): Uint8Array {
  const view = new DataView(new ArrayBuffer(24))
  view.setUint32(0, MAGIC, true)
  view.setUint16(4, 2, true)
  view.setUint16(6, 4, true)
  view.setUint32(16, SNAPSHOT_LENGTH, true)
  view.setUint32(20, LINKTYPE_RAW, true)
  return new Uint8Array(view.buffer)
}

/** A packet in a capture file, at a time in milliseconds. draft-ietf-opsawg-pcap §5. */
export function pcapRecord(packet: Packet, timeMs: number): Uint8Array {
  const bytes = packetBytes(packet)
  const record = new Uint8Array(16 + bytes.length)
  const view = new DataView(record.buffer)
  const microseconds = Math.round(timeMs * 1000)
  view.setUint32(0, Math.floor(microseconds / 1e6), true)
  view.setUint32(4, microseconds % 1e6, true)
  view.setUint32(8, bytes.length, true)
  view.setUint32(12, bytes.length, true)
  record.set(bytes, 16)
  return record
}
