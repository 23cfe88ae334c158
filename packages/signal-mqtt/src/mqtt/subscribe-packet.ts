import { bodyOf, encodePacket, encodeText, PacketType, type ProtocolVersion, uint16 } from './packet.ts'
import { decodeVariableLength } from './packet-splitter.ts'
import { numberOf } from './properties.ts'

/** SUBSCRIBE and UNSUBSCRIBE have this in the lower half of their first byte. MQTT 5.0 §3.8.1. */
const RESERVED = 0x02
const QOS_0 = 0

/** An acknowledgement: the packet that it is for, and the worst of its reason codes. */
export interface Acknowledgement {
  readonly packetId: number
  /** From 0x80 on the request failed. MQTT 5.0 §2.4. */
  readonly code: number
}

/** One topic, at most once. MQTT 5.0 §3.8, MQTT 3.1.1 §3.8. */
export function encodeSubscribe(packetId: number, topic: string, version: ProtocolVersion): Uint8Array {
  const head = [...uint16(packetId), ...noProperties(version)]
  return encodePacket(PacketType.Subscribe, RESERVED, head, encodeText(topic), [QOS_0])
}

/** MQTT 5.0 §3.10, MQTT 3.1.1 §3.10. */
export function encodeUnsubscribe(packetId: number, topic: string, version: ProtocolVersion): Uint8Array {
  const head = [...uint16(packetId), ...noProperties(version)]
  return encodePacket(PacketType.Unsubscribe, RESERVED, head, encodeText(topic))
}

/** Undefined where the packet is too short. MQTT 5.0 §3.9, MQTT 3.1.1 §3.9. */
export function decodeSuback(packet: Uint8Array, version: ProtocolVersion): Acknowledgement | undefined {
  const body = bodyOf(packet)
  const properties = version === 5 ? decodeVariableLength(body, 2) : { value: 0, end: 2 }
  const codes = properties && body.subarray(properties.end + properties.value)
  if (codes === undefined || codes.length === 0) return undefined
  return { packetId: numberOf(body.subarray(0, 2)), code: Math.max(...codes) }
}

/** An empty list of properties. */
export function noProperties(version: ProtocolVersion): readonly number[] {
  return version === 5 ? [0] : []
}
