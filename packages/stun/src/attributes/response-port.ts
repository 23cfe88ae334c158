import { StunError } from '../stun-error.ts'

/** Encodes the value of RESPONSE-PORT: the server answers to this port of the client. Throws `STUN_INVALID_ARGUMENT`. RFC 5780 §7.5. */
export function encodeResponsePort(port: number): Uint8Array {
  if (!(Number.isInteger(port) && port > 0 && port <= 0xffff)) {
    throw new StunError('STUN_INVALID_ARGUMENT', `RESPONSE-PORT ${port}: not 1 to 65535`)
  }
  return Uint8Array.of(port >> 8, port & 0xff, 0, 0)
}

/** Decodes the value of RESPONSE-PORT: 2 bytes, or 4 with padding. Throws `STUN_MALFORMED`. RFC 5780 §7.5. */
export function decodeResponsePort(value: Uint8Array): number {
  const port = ((value[0] ?? 0) << 8) | (value[1] ?? 0)
  if ((value.length !== 2 && value.length !== 4) || port === 0) {
    throw new StunError('STUN_MALFORMED', `RESPONSE-PORT: ${value.length} bytes, port ${port}`)
  }
  return port
}
