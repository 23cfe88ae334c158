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
import { decodeProperties, Property } from './properties.ts'

/** The contents of a CONNECT; each connection is a session of its own. */
export interface ConnectTerms {
  readonly version: ProtocolVersion
  readonly clientId: string
  readonly keepAliveSeconds: number
  /** The largest packet that the broker may send; MQTT 3.1.1 has no word for it. */
  readonly maxPacketBytes: number
  readonly username?: string
  readonly password?: string
}

/** The answer of the broker to a CONNECT. */
export interface Connack {
  /** 0 where the broker accepts the client. MQTT 5.0 §3.2.2.2, MQTT 3.1.1 §3.2.2.3. */
  readonly code: number
  readonly retains: boolean
  /** The interval that the broker wants instead of the client's. MQTT 5.0 §3.2.2.3.14. */
  readonly keepAliveSeconds: number | undefined
  /** The messages that the broker takes before it acknowledges one. MQTT 5.0 §3.2.2.3.3. */
  readonly receiveMaximum: number | undefined
  /** The largest packet that the broker takes. MQTT 5.0 §3.2.2.3.6. */
  readonly maxPacketBytes: number | undefined
}

const CLEAN_START = 0x02
const PASSWORD = 0x40
const USERNAME = 0x80

/** MQTT 5.0 §3.1, MQTT 3.1.1 §3.1. */
export function encodeConnect(terms: ConnectTerms): Uint8Array {
  const { version, clientId, keepAliveSeconds, maxPacketBytes, password } = terms
  // MQTT 3.1.1 allows no password without a user. MQTT 3.1.1 §3.1.2.9.
  const username = terms.username ?? (password === undefined ? undefined : '')
  const properties = version === 5 ? [Property.MaximumPacketSize, ...uint32(maxPacketBytes)] : []
  const texts = [clientId, username, password].flatMap((text) => (text === undefined ? [] : encodeText(text)))
  return encodePacket(
    PacketType.Connect,
    0,
    encodeText('MQTT'),
    [
      version,
      CLEAN_START | (username === undefined ? 0 : USERNAME) | (password === undefined ? 0 : PASSWORD),
    ],
    uint16(keepAliveSeconds),
    version === 5 ? encodeVariableLength(properties.length) : [],
    properties,
    ...texts,
  )
}

/** Undefined where the packet is too short. A broker of MQTT 3.1.1 answers a CONNECT of MQTT 5 without properties. */
export function decodeConnack(packet: Uint8Array): Connack | undefined {
  const body = bodyOf(packet)
  const [, code] = body
  if (code === undefined) return undefined
  const properties = decodeProperties(body, 2)
  return {
    code,
    retains: properties.get(Property.RetainAvailable) !== 0,
    keepAliveSeconds: properties.get(Property.ServerKeepAlive),
    // A limit of 0 is forbidden, and counts as none.
    receiveMaximum: properties.get(Property.ReceiveMaximum) || undefined,
    maxPacketBytes: properties.get(Property.MaximumPacketSize) || undefined,
  }
}
