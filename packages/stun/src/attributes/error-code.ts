import { StunError } from '../stun-error.ts'
import { decodeText } from './text.ts'

/** The IANA registry "STUN Error Codes". RFC 8489 §18.4, RFC 8656 §19. */
export const ErrorCode = {
  TryAlternate: 300,
  BadRequest: 400,
  Unauthenticated: 401,
  Forbidden: 403,
  MobilityForbidden: 405,
  UnknownAttribute: 420,
  AllocationMismatch: 437,
  StaleNonce: 438,
  AddressFamilyNotSupported: 440,
  WrongCredentials: 441,
  UnsupportedTransportProtocol: 442,
  PeerAddressFamilyMismatch: 443,
  ConnectionAlreadyExists: 446,
  ConnectionTimeoutOrFailure: 447,
  AllocationQuotaReached: 486,
  RoleConflict: 487,
  ServerError: 500,
  InsufficientCapacity: 508,
} as const

/** The value of ERROR-CODE: a number for programs, a reason for people. RFC 8489 §14.8. */
export interface ErrorCodeValue {
  readonly code: number
  readonly reason: string
}

/** At most 128 characters, or 763 bytes of UTF-8 as the RFC counts. RFC 8489 §14.8. */
const MAX_REASON_BYTES = 763

/** Encodes the value of ERROR-CODE. Throws `STUN_INVALID_ARGUMENT`. RFC 8489 §14.8. */
export function encodeErrorCode({ code, reason }: ErrorCodeValue): Uint8Array {
  if (!(Number.isInteger(code) && code >= 300 && code <= 699)) {
    throw new StunError('STUN_INVALID_ARGUMENT', `ERROR-CODE ${code}: not 300 to 699`)
  }
  const phrase = new TextEncoder().encode(reason)
  if (phrase.length > MAX_REASON_BYTES) {
    throw new StunError('STUN_INVALID_ARGUMENT', `ERROR-CODE: reason of ${phrase.length} bytes, over 763`)
  }
  return Uint8Array.of(0, 0, Math.floor(code / 100), code % 100, ...phrase)
}

/** Decodes the value of ERROR-CODE and ignores the 21 reserved bits. Throws `STUN_MALFORMED`. RFC 8489 §14.8. */
export function decodeErrorCode(value: Uint8Array): ErrorCodeValue {
  const hundreds = (value[2] ?? 0) & 0b111
  const number = value[3] ?? 0
  if (value.length < 4 || hundreds < 3 || hundreds > 6 || number > 99) {
    throw new StunError(
      'STUN_MALFORMED',
      `ERROR-CODE: ${value.length} bytes, class ${hundreds}, number ${number}`,
    )
  }
  return { code: hundreds * 100 + number, reason: decodeText(value.subarray(4)) }
}
