import { joinBytes, type RandomBytes } from '@p2pd/netif'
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'

/** The parts of a CPace run that both sides know. draft-irtf-cfrg-cpace-21 §4. */
export interface CpaceInput {
  /** The secret of low entropy, PRS. */
  readonly password: Uint8Array
  /** Names the protocol and the two sides, CI. */
  readonly channel: Uint8Array
  /** Names this run, sid. */
  readonly sessionId: Uint8Array
}

/** The shares and the associated data of both sides, the initiator first. */
export interface CpaceTranscript {
  readonly initiator: { readonly share: Uint8Array; readonly data: Uint8Array }
  readonly responder: { readonly share: Uint8Array; readonly data: Uint8Array }
}

/** Bytes of a share and of a scalar. */
export const SHARE_LENGTH = 32

const DSI = new TextEncoder().encode('CPaceRistretto255')
const DSI_ISK = new TextEncoder().encode('CPaceRistretto255_ISK')
/** Bytes of an input block of SHA-512. FIPS 180-4 §1. */
const BLOCK_LENGTH = 128

type Point = InstanceType<typeof ristretto255.Point>

/** The generator that a password gives. draft-irtf-cfrg-cpace-21 §7.3. */
export function cpaceGenerator(input: CpaceInput): Point {
  return ristretto255_hasher.deriveToCurve?.(sha512(generatorString(input))) as Point
}

/** A random scalar below the order of the group: 252 bits. draft-irtf-cfrg-cpace-21 §7.3. */
export function cpaceScalar(random: RandomBytes): Uint8Array {
  for (;;) {
    const scalar = Uint8Array.from(random(SHARE_LENGTH))
    scalar[SHARE_LENGTH - 1] = (scalar[SHARE_LENGTH - 1] ?? 0) & 0x0f
    if (scalar.some((byte) => byte !== 0)) return scalar
  }
}

/** The share that is sent to the other side. */
export function cpaceShare(generator: Point, scalar: Uint8Array): Uint8Array {
  return generator.multiply(numberOf(scalar)).toBytes()
}

/**
 * The intermediate session key, 64 bytes; equal on both sides when their passwords are. Undefined for a share that is
 * not a point of the group, or that is its neutral element: the run ends then. draft-irtf-cfrg-cpace-21 §6.2.
 */
export function cpaceKey(
  sessionId: Uint8Array,
  scalar: Uint8Array,
  peerShare: Uint8Array,
  { initiator, responder }: CpaceTranscript,
): Uint8Array | undefined {
  const secret = multiplied(peerShare, scalar)
  if (secret === undefined) return undefined
  const transcript = [initiator.share, initiator.data, responder.share, responder.data]
  return sha512(joinBytes(...[DSI_ISK, sessionId, secret, ...transcript].map(withLength)))
}

function multiplied(share: Uint8Array, scalar: Uint8Array): Uint8Array | undefined {
  try {
    const point = ristretto255.Point.fromBytes(share)
    return point.is0() ? undefined : point.multiply(numberOf(scalar)).toBytes()
  } catch {
    return undefined // Not an encoding of a point: a value of the draft, not an error.
  }
}

/** Fills the first block of the hash with the password, so that its place does not depend on the rest. */
export function generatorString({ password, channel, sessionId }: CpaceInput): Uint8Array {
  const [dsi, prs] = [withLength(DSI), withLength(password)]
  const padding = new Uint8Array(Math.max(0, BLOCK_LENGTH - 1 - dsi.length - prs.length))
  return joinBytes(dsi, prs, ...[padding, channel, sessionId].map(withLength))
}

/** The length in seven bits a byte, the lowest first, then the bytes. */
function withLength(bytes: Uint8Array): Uint8Array {
  const length: number[] = []
  let rest = bytes.length
  do {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
    rest >>>= 7
  } while (rest > 0)
  return joinBytes(Uint8Array.from(length), bytes)
}

function numberOf(littleEndian: Uint8Array): bigint {
  return littleEndian.reduceRight((number, byte) => number * 256n + BigInt(byte), 0n)
}
