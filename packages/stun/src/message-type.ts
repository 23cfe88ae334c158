import { StunError } from './stun-error.ts'

/** The class of a message. RFC 8489 §5. */
export const MessageClass = {
  Request: 0b00,
  Indication: 0b01,
  SuccessResponse: 0b10,
  ErrorResponse: 0b11,
} as const

export type MessageClass = (typeof MessageClass)[keyof typeof MessageClass]

/** The IANA registry "STUN Methods". RFC 8489 §18.2, RFC 8656 §17, RFC 6062 §6.1. */
export const Method = {
  Binding: 0x001,
  Allocate: 0x003,
  Refresh: 0x004,
  Send: 0x006,
  Data: 0x007,
  CreatePermission: 0x008,
  ChannelBind: 0x009,
  Connect: 0x00a,
  ConnectionBind: 0x00b,
  ConnectionAttempt: 0x00c,
} as const

/** Method 0 is reserved, so a datagram of zeros is not a STUN message. RFC 8489 §18.2. */
function checkMethod(method: number, code: 'STUN_INVALID_ARGUMENT' | 'STUN_MALFORMED'): void {
  if (!(Number.isInteger(method) && method > 0 && method <= 0xfff)) {
    throw new StunError(code, `STUN method ${method}: not 1 to 0xfff`)
  }
}

/** Interleaves the 12 bits of the method with the 2 of the class. Throws `STUN_INVALID_ARGUMENT`. RFC 8489 §5. */
export function encodeMessageType(messageClass: MessageClass, method: number): number {
  checkMethod(method, 'STUN_INVALID_ARGUMENT')
  const low = method & 0x00f
  const middle = (method & 0x070) << 1
  const high = (method & 0xf80) << 2
  return high | ((messageClass & 0b10) << 7) | middle | ((messageClass & 0b01) << 4) | low
}

/** Decodes the first 16 bits of a message. Throws `STUN_MALFORMED`. RFC 8489 §5. */
export function decodeMessageType(type: number): { class: MessageClass; method: number } {
  const messageClass = (((type >> 7) & 0b10) | ((type >> 4) & 0b01)) as MessageClass
  const method = ((type >> 2) & 0xf80) | ((type >> 1) & 0x070) | (type & 0x00f)
  checkMethod(method, 'STUN_MALFORMED')
  return { class: messageClass, method }
}
