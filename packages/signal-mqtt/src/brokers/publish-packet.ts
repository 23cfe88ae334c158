import { decodeVariableLength } from './packet-splitter.ts'

/** The versions of MQTT, as CONNECT has them. MQTT 5.0 §3.1.2.2. */
export type ProtocolVersion = 4 | 5

/** PUBLISH, neither repeated nor to be acknowledged, retained or not. MQTT 5.0 §3.3.1. */
const PUBLISH_QOS_0 = 0x30
const RETAIN = 0x01

/** A message that needs no acknowledgement. */
export interface PublishPacket {
  readonly topic: string
  readonly payload: Uint8Array
}

const utf8 = new TextDecoder()

/**
 * Decodes a whole PUBLISH packet of QoS 0. Undefined for every other packet and for what is none: a value and not an
 * error, for somebody else has to deal with it. Properties are skipped. MQTT 5.0 §3.3, MQTT 3.1.1 §3.3.
 */
export function decodePublishPacket(packet: Uint8Array, version: ProtocolVersion): PublishPacket | undefined {
  if (((packet[0] ?? 0) & ~RETAIN) !== PUBLISH_QOS_0) return undefined
  const header = decodeVariableLength(packet, 1)
  if (!header || header.end + 2 > packet.length) return undefined
  const topicStart = header.end + 2
  const topicEnd = topicStart + (packet[header.end] ?? 0) * 256 + (packet[header.end + 1] ?? 0)
  const properties = version === 5 ? decodeVariableLength(packet, topicEnd) : { value: 0, end: topicEnd }
  const start = properties && properties.end + properties.value
  if (start === undefined || start > packet.length) return undefined
  return { topic: utf8.decode(packet.subarray(topicStart, topicEnd)), payload: packet.subarray(start) }
}
