import { StunError } from '../stun-error.ts'

/**
 * Adds an attribute whose value depends on the bytes before it. The length field already counts the attribute when
 * `valueOf` gets those bytes. Throws `STUN_INVALID_ARGUMENT`. RFC 8489 §14.5.
 */
export function appendAttribute(
  message: Uint8Array,
  type: number,
  valueBytes: number,
  valueOf: (covered: Uint8Array) => Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(message.length + 4 + valueBytes)
  if (bytes.length > 0xffff) throw new StunError('STUN_INVALID_ARGUMENT', `message of ${bytes.length} bytes`)
  bytes.set(message)
  const view = new DataView(bytes.buffer)
  view.setUint16(2, bytes.length - 20)
  view.setUint16(message.length, type)
  view.setUint16(message.length + 2, valueBytes)
  bytes.set(valueOf(bytes.subarray(0, message.length)), message.length + 4)
  return bytes
}
