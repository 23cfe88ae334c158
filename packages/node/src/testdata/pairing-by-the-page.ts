/** A second implementation of pairings, from docs/protocol.md alone: nothing of `pairing/` is imported here. */
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { encode } from 'cborg'
import { createCipheriv, createHash } from 'node:crypto'

/** The inputs of one pairing. */
export interface PairingInputs {
  readonly number: number
  readonly secret: number
  readonly holder: Uint8Array
  readonly attempt: Uint8Array
  /** In the byte order of ristretto255: little-endian. */
  readonly scalars: { readonly guesser: Uint8Array; readonly waiter: Uint8Array }
  /** Id, name and purpose of each side. */
  readonly introductions: { readonly guesser: readonly string[]; readonly waiter: readonly string[] }
}

type Bytes = Uint8Array | string

const join = (parts: readonly Bytes[]) => Buffer.concat(parts.map((part) => Buffer.from(part)))
const sha512 = (...parts: readonly Bytes[]) => createHash('sha512').update(join(parts)).digest()
/** No part of these transcripts has more than 127 bytes, so each length is one byte. */
const prefixed = (...parts: readonly Bytes[]) =>
  join(parts.flatMap((part) => [Uint8Array.of(Buffer.from(part).length), part]))
const topic = (...parts: readonly Bytes[]) => `p2pd/pair/${sha512(...parts).toString('hex', 0, 16)}`
const scalarOf = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
const map = (...entries: readonly [number, unknown][]) => Buffer.from(encode(new Map([[0, 1], ...entries])))

/** The powers of x in GF(16), x^4 + x + 1. */
const POWERS = [1, 2, 4, 8, 3, 6, 12, 11, 5, 10, 7, 14, 15, 13, 9]

function codeOf(number: number, secret: number): string {
  const digits = String(number).padStart(4, '0')
  const symbols = [...digits].map(Number).concat([16, 12, 8, 4, 0].map((shift) => (secret >> shift) & 15))
  const check = symbols
    .map((symbol, i) => (symbol === 0 ? 0 : (POWERS[(POWERS.indexOf(symbol) + 9 - i) % 15] ?? 0)))
    .reduce((sum, term) => sum ^ term)
  const bits = (secret << 4) | check
  return [digits, wordlist[bits >> 11], wordlist[bits & 2047]].join('-')
}

function sealed(key: Uint8Array, [id, name, purpose]: readonly string[]): Buffer {
  const cipher = createCipheriv('chacha20-poly1305', key, Buffer.alloc(12), { authTagLength: 16 })
  const text = cipher.update(map([1, id], [2, name], [3, purpose]))
  return Buffer.concat([text, cipher.final(), cipher.getAuthTag()])
}

/** Every value of a pairing that docs/protocol.md has a vector of, by its name there. */
export function pairingByThePage(inputs: PairingInputs): Record<string, Uint8Array | string> {
  const { number, secret, holder, attempt, scalars, introductions } = inputs
  const channel = `p2pd pairing 1 ${number}`
  const begin = prefixed('CPaceRistretto255', Uint8Array.of(secret >> 16, secret >> 8, secret))
  const padding = new Uint8Array(127 - begin.length)
  const hashed = sha512(begin, prefixed(padding, channel, attempt))
  const generator = ristretto255_hasher.deriveToCurve?.(hashed)
  if (generator === undefined) throw new Error('the library has no map for ristretto255')
  const [guesser, waiter] = [scalars.guesser, scalars.waiter].map((one) => generator.multiply(scalarOf(one)).toBytes())
  if (guesser === undefined || waiter === undefined) throw new Error('no shares')
  const common = ristretto255.Point.fromBytes(waiter).multiply(scalarOf(scalars.guesser)).toBytes()
  const transcript = [guesser, 'guesser', waiter, 'waiter']
  const key = sha512(prefixed('CPaceRistretto255_ISK', attempt, common, ...transcript))
  const derived = (label: string) => sha512(`p2pd pairing 1 ${label}`, key).subarray(0, 32)
  const proof = (type: number, side: 'guesser' | 'waiter') =>
    map(
      [1, type],
      [2, attempt],
      [4, derived(`proof of the ${side}`)],
      [5, sealed(derived(`seal of the ${side}`), introductions[side])],
    )
  return {
    'pairing code': codeOf(number, secret),
    'topic of claims': topic(`${channel} claim`),
    'topic of the waiting side': topic(`${channel} waiter`),
    'topic of the attempt': topic(`${channel} attempt `, attempt),
    'pairing generator': generator.toBytes(),
    'pairing key': key,
    'pairing claim': map([1, 1], [2, holder]),
    'pairing hello': map([1, 2], [2, attempt], [3, guesser]),
    'pairing share': map([1, 3], [2, attempt], [3, waiter]),
    'pairing proof': proof(4, 'guesser'),
    'pairing welcome': proof(5, 'waiter'),
    'pairing wrong': map([1, 6], [2, attempt], [6, 2]),
    'pairing over': map([1, 7], [2, attempt]),
    'pairing ended': map([1, 8], [2, holder], [7, 1]),
  }
}
