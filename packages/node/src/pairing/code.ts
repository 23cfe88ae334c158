import type { RandomBytes } from '@p2pd/netif'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { quote } from '../identity/quote.ts'
import { NodeError } from '../node-error.ts'

/**
 * A short code that two people share, such as `7421-copper-parrot`.
 *
 * The number finds the other side. The two words hold 22 bits: 18 that are secret, and 4 that check the code, so that
 * most typing errors cost no guess.
 */
export interface PairingCode {
  /** From 0 to 9,999: the meeting place. Not secret. */
  readonly number: number
  /** From 0 to 2^18 - 1. */
  readonly secret: number
}

const MAX_NUMBER = 10_000
const SECRET_BITS = 18
const CHECK_BITS = 4
/** Words of BIP-39: 2,048, of 3 to 8 letters, which differ in their first four. */
const WORDS: readonly string[] = wordlist
const WORD_BITS = 11

/** A new code. */
export function drawCode(random: RandomBytes): PairingCode {
  const [a = 0, b = 0, c = 0] = random(3)
  return { number: drawNumber(random), secret: ((a << 16) | (b << 8) | c) >>> (24 - SECRET_BITS) }
}

/** The code as people say it. */
export function formatCode({ number, secret }: PairingCode): string {
  const bits = secret * 2 ** CHECK_BITS + checkOf({ number, secret })
  const words = [WORDS[bits >>> WORD_BITS], WORDS[bits % 2 ** WORD_BITS]]
  return [String(number).padStart(4, '0'), ...words].join('-')
}

/**
 * Reads a code as people type it: capitals, other separators, and words cut off where no other word begins so.
 *
 * @throws NodeError `NODE_BAD_CODE`, which names the part that is wrong.
 */
export function parseCode(text: string): PairingCode {
  const [digits = '', ...words] = partsOf(text)
  if (!/^\d{1,4}$/.test(digits) || words.length !== 2)
    throw bad(`a code is a number and two words, such as 7421-copper-parrot`)
  const number = Number(digits)
  const [first = 0, second = 0] = words.map(indexOf)
  const bits = first * 2 ** WORD_BITS + second
  const secret = bits >>> CHECK_BITS
  if (checkOf({ number, secret }) !== bits % 2 ** CHECK_BITS)
    throw bad('the number and the words do not belong together: compare them with the code of the other side')
  return { number, secret }
}

/** Whether a text looks like a code, and not like the name of a contact or a domain. */
export function isCode(text: string): boolean {
  return /^\s*\d{1,4}[\s-]+[a-z]{3,}[\s-]+[a-z]{3,}\s*$/i.test(text)
}

/** The codes that a text may become when its last word is completed; for a shell. */
export function completeCode(text: string): string[] {
  const parts = partsOf(text)
  const last = parts.at(-1) ?? ''
  if (parts.length < 2 || parts.length > 3 || !/^\d{1,4}$/.test(parts[0] ?? '')) return []
  const before = parts.slice(0, -1).join('-')
  return WORDS.filter((word) => word.startsWith(last)).map((word) => `${before}-${word}`)
}

function partsOf(text: string): string[] {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part !== '')
}

function indexOf(word: string): number {
  const exact = WORDS.indexOf(word)
  if (exact >= 0) return exact
  const [only, other] = WORDS.filter((known) => known.startsWith(word))
  if (only === undefined) throw bad(`${quote(word)} is not a word of any code`)
  if (other !== undefined) throw bad(`${quote(word)} may be ${only} or ${other}: type another letter`)
  return WORDS.indexOf(only)
}

/**
 * A Reed-Solomon check symbol over GF(16), x^4 + x + 1. It catches each change of one group of four bits, each exchange of
 * two groups, and 15 of 16 other errors.
 */
function checkOf({ number, secret }: PairingCode): number {
  const digits = String(number).padStart(4, '0').split('').map(Number)
  const groups = [16, 12, 8, 4, 0].map((shift) => (secret >>> shift) & 0xf)
  let check = 0
  for (const symbol of [...digits, ...groups]) check = double(check ^ symbol)
  return check
}

function double(value: number): number {
  return value & 8 ? ((value << 1) ^ 0x13) & 0xf : value << 1
}

/** Without favour for any number: what would not divide evenly is drawn again. */
function drawNumber(random: RandomBytes): number {
  for (;;) {
    const [high = 0, low = 0] = random(2)
    const value = high * 256 + low
    if (value < 6 * MAX_NUMBER) return value % MAX_NUMBER
  }
}

function bad(message: string): NodeError {
  return new NodeError('NODE_BAD_CODE', message)
}
