import {
  bodyOf,
  encodePacket,
  encodeText,
  encodeVariableLength,
  PacketType,
  type ProtocolVersion,
  uint16,
  uint32,
} from './packet.ts'
import { decodeVariableLength } from './packet-splitter.ts'
import { numberOf } from './properties.ts'
import type { Acknowledgement } from './subscribe-packet.ts'

/** A bit of the first byte. MQTT 5.0 §3.3.1.3. */
const RETAIN = 0x01
/** Two bits of the first byte. MQTT 5.0 §3.3.1.2. */
const QOS = 0x06
const QOS_1 = 0x02
const MESSAGE_EXPIRY_INTERVAL = 0x02

/** A message that a broker delivers. */
export interface PublishPacket {
  readonly topic: string
  readonly payload: Uint8Array
  /** The broker waits for an acknowledgement that names this. */
  readonly packetId?: number
}

/** A message for the broker, to be acknowledged. */
export interface PublishTerms {
  readonly packetId: number
  readonly topic: string
  readonly payload: Uint8Array
  readonly retain: boolean
  /** For MQTT 5. MQTT 5.0 §3.3.2.3.3. */
  readonly expirySeconds: number | undefined
}

const utf8 = new TextDecoder()

/** At least once: the acknowledgement of the broker tells that it took the message. MQTT 5.0 §3.3, MQTT 3.1.1 §3.3. */
export function encodePublish(terms: PublishTerms, version: ProtocolVersion): Uint8Array {
  const { packetId, topic, payload, retain, expirySeconds } = terms
  const properties =
    version === 4 || expirySeconds === undefined ? [] : [MESSAGE_EXPIRY_INTERVAL, ...uint32(expirySeconds)]
  return encodePacket(
    PacketType.Publish,
    QOS_1 | (retain ? RETAIN : 0),
    encodeText(topic),
    uint16(packetId),
    version === 5 ? encodeVariableLength(properties.length) : [],
    properties,
    payload,
  )
}

/**
 * Decodes a whole PUBLISH packet of QoS 0 or 1. Undefined for every other packet and for malformed ones: a value and not an
 * error, for a caller may have another use for it. Properties are skipped. MQTT 5.0 §3.3, MQTT 3.1.1 §3.3.
 */
export function decodePublishPacket(packet: Uint8Array, version: ProtocolVersion): PublishPacket | undefined {
  const first = packet[0] ?? 0
  const qos = first & QOS
  if (first >> 4 !== PacketType.Publish || qos > QOS_1) return undefined
  const body = bodyOf(packet)
  const topicEnd = 2 + numberOf(body.subarray(0, 2))
  const idEnd = topicEnd + (qos === QOS_1 ? 2 : 0)
  const properties = version === 5 ? decodeVariableLength(body, idEnd) : { value: 0, end: idEnd }
  const start = properties && properties.end + properties.value
  if (start === undefined || start > body.length) return undefined
  return {
    topic: utf8.decode(body.subarray(2, topicEnd)),
    payload: body.subarray(start),
    ...(qos === QOS_1 && { packetId: numberOf(body.subarray(topicEnd, idEnd)) }),
  }
}

/** MQTT 5.0 §3.4, MQTT 3.1.1 §3.4. */
export function encodePuback(packetId: number): Uint8Array {
  return encodePacket(PacketType.Puback, 0, uint16(packetId))
}

/** Undefined where the packet is too short. One without a code is good news. MQTT 5.0 §3.4.2.1. */
export function decodePuback(packet: Uint8Array): Acknowledgement | undefined {
  const body = bodyOf(packet)
  return body.length < 2 ? undefined : { packetId: numberOf(body.subarray(0, 2)), code: body[2] ?? 0 }
}
