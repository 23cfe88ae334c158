import { joinBytes } from '@p2pd/netif'
import { decodeVariableLength } from './packet-splitter.ts'

/** The versions of MQTT, as CONNECT has them. MQTT 5.0 §3.1.2.2. */
export type ProtocolVersion = 4 | 5

/** The upper half of the first byte. MQTT 5.0 §2.1.2. */
export const PacketType = {
  Connect: 1,
  Connack: 2,
  Publish: 3,
  Puback: 4,
  Subscribe: 8,
  Suback: 9,
  Unsubscribe: 10,
  Unsuback: 11,
  Pingreq: 12,
  Pingresp: 13,
  Disconnect: 14,
} as const

const utf8 = new TextEncoder()

/** A whole packet: the first byte, the length of the rest, the rest. MQTT 5.0 §2.1. */
export function encodePacket(
  type: number,
  flags: number,
  ...parts: readonly (Uint8Array | readonly number[])[]
): Uint8Array {
  const body = joinBytes(...parts.map((part) => (part instanceof Uint8Array ? part : Uint8Array.from(part))))
  return joinBytes(Uint8Array.of((type << 4) | flags), encodeVariableLength(body.length), body)
}

/** Seven bits in each byte, the lowest first. MQTT 5.0 §1.5.5. */
export function encodeVariableLength(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
    rest >>>= 7
  } while (rest > 0)
  return Uint8Array.from(bytes)
}

/** A text behind its length in bytes. MQTT 5.0 §1.5.4. */
export function encodeText(text: string): Uint8Array {
  const bytes = utf8.encode(text)
  return joinBytes(Uint8Array.from(uint16(bytes.length)), bytes)
}

export function uint16(value: number): number[] {
  return [(value >> 8) & 0xff, value & 0xff]
}

export function uint32(value: number): number[] {
  return [...uint16(value >>> 16), ...uint16(value)]
}

/** The bytes of a packet behind its length. */
export function bodyOf(packet: Uint8Array): Uint8Array {
  return packet.subarray(decodeVariableLength(packet, 1)?.end ?? packet.length)
}
