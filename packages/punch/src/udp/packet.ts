import { equalBytes } from '@p2pd/netif'
import { type Side, TOKEN_LENGTH } from '../token.ts'

/**
 * A packet of the punch, 33 bytes:
 *
 *     0      1               17              25              33
 *     | kind | token (16)    | challenge (8) | echo (8)      |
 *
 * The first byte is 240 or more. DTLS (20 to 63), STUN (0 to 3) and RTP (128 to 191) packets begin with others, so
 * that all can share a socket. RFC 7983 §7.
 */
export interface PunchPacket {
  readonly from: Side
  /** The receiver sends it back, in proof that it receives at this endpoint. RFC 9000 §8.2. */
  readonly challenge: Uint8Array
  /** The challenge of the other side; absent before its first packet. */
  readonly echo?: Uint8Array
  /** From the controlling side: it nominates this path. From the controlled side: it agrees. RFC 8445 §8.1.1. */
  readonly nominates: boolean
}

export const CHALLENGE_LENGTH = 8
const LENGTH = 1 + TOKEN_LENGTH + 2 * CHALLENGE_LENGTH

/** 240 to 255: of no protocol in RFC 7983 §7. */
const KIND = 0xf0
const CONTROLLED = 1
const HAS_ECHO = 2
const NOMINATES = 4
const KNOWN_FLAGS = CONTROLLED | HAS_ECHO | NOMINATES

/** Encodes a packet of the punch with this token. */
export function encodePacket(
  token: Uint8Array,
  { from, challenge, echo, nominates }: PunchPacket,
): Uint8Array {
  const bytes = new Uint8Array(LENGTH)
  const side = from === 'controlled' ? CONTROLLED : 0
  bytes[0] = KIND | side | (echo === undefined ? 0 : HAS_ECHO) | (nominates ? NOMINATES : 0)
  bytes.set(token, 1)
  bytes.set(challenge, 1 + TOKEN_LENGTH)
  if (echo !== undefined) bytes.set(echo, 1 + TOKEN_LENGTH + CHALLENGE_LENGTH)
  return bytes
}

/** Decodes a packet of the punch with this token; undefined for any other bytes. */
export function decodePacket(token: Uint8Array, bytes: Uint8Array): PunchPacket | undefined {
  const kind = bytes[0]
  if (bytes.length !== LENGTH || kind === undefined || (kind & ~KNOWN_FLAGS) !== KIND) return undefined
  if (!equalBytes(bytes.subarray(1, 1 + TOKEN_LENGTH), token)) return undefined
  const rest = bytes.slice(1 + TOKEN_LENGTH)
  return {
    from: (kind & CONTROLLED) === 0 ? 'controlling' : 'controlled',
    challenge: rest.subarray(0, CHALLENGE_LENGTH),
    ...((kind & HAS_ECHO) !== 0 && { echo: rest.subarray(CHALLENGE_LENGTH) }),
    nominates: (kind & NOMINATES) !== 0,
  }
}
