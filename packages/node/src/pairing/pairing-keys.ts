import { joinBytes, toHex } from '@p2pd/netif'
import { sha512 } from '@noble/hashes/sha2.js'
import type { PairingCode } from './code.ts'
import { cpaceGenerator, type CpaceInput, cpaceKey, type CpaceTranscript } from './cpace.ts'
import { PROOF_LENGTH } from './pairing-message.ts'

/** Seals bytes under a key that is used once: encryption with a tag. RFC 8439 §2.8 in the real world. */
export interface Sealing {
  seal(key: Uint8Array, plaintext: Uint8Array): Uint8Array
  /** Undefined for bytes that were not sealed under this key. */
  open(key: Uint8Array, sealed: Uint8Array): Uint8Array | undefined
}

/** Everything that both sides derive from one attempt. */
export interface PairingKeys {
  readonly proofs: { readonly guesser: Uint8Array; readonly waiter: Uint8Array }
  readonly seals: { readonly guesser: Uint8Array; readonly waiter: Uint8Array }
}

const text = (value: string) => new TextEncoder().encode(value)
const CHANNEL = 'p2pd pairing 1'
const [GUESSER, WAITER] = [text('guesser'), text('waiter')]

/** The generator of one attempt. */
export function generatorOf(code: PairingCode, attempt: Uint8Array): ReturnType<typeof cpaceGenerator> {
  const { secret, number } = code
  const password = Uint8Array.of(secret >>> 16, (secret >>> 8) & 0xff, secret & 0xff)
  const input: CpaceInput = { password, channel: text(`${CHANNEL} ${number}`), sessionId: attempt }
  return cpaceGenerator(input)
}

/** The keys of one attempt; undefined when the share of the other side is not valid. */
export function keysOf(
  attempt: Uint8Array,
  scalar: Uint8Array,
  peerShare: Uint8Array,
  shares: { readonly guesser: Uint8Array; readonly waiter: Uint8Array },
): PairingKeys | undefined {
  const transcript: CpaceTranscript = {
    initiator: { share: shares.guesser, data: GUESSER },
    responder: { share: shares.waiter, data: WAITER },
  }
  const key = cpaceKey(attempt, scalar, peerShare, transcript)
  if (key === undefined) return undefined
  const derive = (label: string) => sha512(joinBytes(text(`${CHANNEL} ${label}`), key)).slice(0, PROOF_LENGTH)
  return {
    proofs: { guesser: derive('proof of the guesser'), waiter: derive('proof of the waiter') },
    seals: { guesser: derive('seal of the guesser'), waiter: derive('seal of the waiter') },
  }
}

/** The topics of a number: for claims, for the waiting side, and for one attempt. Hashes say nothing about the words. */
export function topicsOf(number: number): {
  readonly claim: string
  readonly waiter: string
  attempt(attempt: Uint8Array): string
} {
  const topic = (...parts: Uint8Array[]) =>
    `p2pd/pair/${toHex(sha512(joinBytes(text(`${CHANNEL} ${number} `), ...parts)).slice(0, 16))}`
  return {
    claim: topic(text('claim')),
    waiter: topic(WAITER),
    attempt: (attempt) => topic(text('attempt '), attempt),
  }
}
