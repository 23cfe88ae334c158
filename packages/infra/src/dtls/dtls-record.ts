import { joinBytes } from '@p2pd/netif'
import { ByteReader, encodeNumber } from './byte-reader.ts'

/** RFC 5246 §6.2.1. */
export const ContentType = {
  ChangeCipherSpec: 20,
  Alert: 21,
  Handshake: 22,
  ApplicationData: 23,
} as const

/** DTLS 1.2. RFC 6347 §4.1. */
export const DTLS_1_2 = 0xfefd

/** Type, version, epoch, sequence number and length. RFC 6347 §4.1. */
export const RECORD_HEADER_BYTES = 13

/** Any DTLS version begins with it. RFC 6347 §4.1. */
const MAJOR_VERSION = 0xfe

/** One record. RFC 6347 §4.1. */
export interface DtlsRecord {
  readonly type: number
  readonly epoch: number
  /** 48 bits. */
  readonly sequence: number
  /** In epoch 0 as it is, else encrypted. */
  readonly fragment: Uint8Array
}

/** Whether a datagram is DTLS and neither STUN nor ChannelData, by its first byte. RFC 7983 §7. */
export function isDtls([first = 0]: Uint8Array): boolean {
  return first >= 20 && first <= 63
}

/** The records of a datagram, up to the first malformed one. RFC 6347 §4.1.2.7. */
export function decodeRecords(datagram: Uint8Array): DtlsRecord[] {
  const records: DtlsRecord[] = []
  const reader = new ByteReader(datagram)
  while (!reader.isAtEnd) {
    const type = reader.number(1)
    const version = reader.number(2)
    const epoch = reader.number(2)
    const sequence = reader.number(6)
    const fragment = reader.vector(2)
    if (!reader.isSound || version >> 8 !== MAJOR_VERSION) return records
    records.push({ type, epoch, sequence, fragment })
  }
  return records
}

/** Encodes a record of DTLS 1.2. RFC 6347 §4.1. */
export function encodeRecord({ type, epoch, sequence, fragment }: DtlsRecord): Uint8Array {
  const header = [encodeNumber(type, 1), encodeNumber(DTLS_1_2, 2), encodeNumber(epoch, 2)]
  return joinBytes(...header, encodeNumber(sequence, 6), encodeNumber(fragment.length, 2), fragment)
}
