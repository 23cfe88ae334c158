import { joinBytes } from '@p2pd/netif'
import { ByteReader, encodeNumber } from './byte-reader.ts'

/** RFC 5246 §7.4, RFC 6347 §4.3.2. */
export const HandshakeType = {
  ClientHello: 1,
  ServerHello: 2,
  HelloVerifyRequest: 3,
  Certificate: 11,
  ServerKeyExchange: 12,
  ServerHelloDone: 14,
  ClientKeyExchange: 16,
  Finished: 20,
} as const

/** Type, length, message number, offset and length of the fragment. RFC 6347 §4.2.2. */
export const HANDSHAKE_HEADER_BYTES = 12

/** A handshake message. RFC 6347 §4.2.2. */
export interface HandshakeMessage {
  readonly type: number
  /** The number of the message in its direction. */
  readonly sequence: number
  readonly body: Uint8Array
}

/** Encodes a message as one fragment. The hashes of the handshake are over this form. RFC 6347 §4.2.6. */
export function encodeHandshake({ type, sequence, body }: HandshakeMessage): Uint8Array {
  const length = encodeNumber(body.length, 3)
  return joinBytes(encodeNumber(type, 1), length, encodeNumber(sequence, 2), encodeNumber(0, 3), length, body)
}

/** Encodes a message in fragments of at most `maxBytes` each, headers included. RFC 6347 §4.2.3. */
export function fragmentHandshake(message: HandshakeMessage, maxBytes: number): Uint8Array[] {
  const { body } = message
  const start = encodeHandshake(message).subarray(0, 6)
  const step = maxBytes - HANDSHAKE_HEADER_BYTES
  const count = Math.max(1, Math.ceil(body.length / step))
  return Array.from({ length: count }, (_, i) => {
    const part = body.subarray(i * step, (i + 1) * step)
    return joinBytes(start, encodeNumber(i * step, 3), encodeNumber(part.length, 3), part)
  })
}

/**
 * The messages of a record of a client, up to the first malformed or fragmented one. The messages of clients without a
 * certificate are shorter than any datagram, so this server takes them whole alone. RFC 6347 §4.2.3.
 */
export function decodeHandshakes(fragment: Uint8Array): HandshakeMessage[] {
  const messages: HandshakeMessage[] = []
  const reader = new ByteReader(fragment)
  while (!reader.isAtEnd) {
    const type = reader.number(1)
    const length = reader.number(3)
    const sequence = reader.number(2)
    const offset = reader.number(3)
    const body = reader.vector(3)
    if (!reader.isSound || offset !== 0 || body.length !== length) return messages
    messages.push({ type, sequence, body })
  }
  return messages
}
