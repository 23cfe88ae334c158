import { labelled } from '../bytes.ts'
import type { SignalCrypto } from './crypto.ts'

/** Bytes of the number that shows the work. */
export const WORK_LENGTH = 8
/**
 * Leading zero bits: 8,192 hashes on average. A sender that repeats one message needs 15 ms. A flooder needs 30 processor
 * cores for 10,000 such messages a second.
 */
const WORK_BITS = 13

/** Whether the number was found for this tag, and not just made up: one hash tells. */
export function isWork(crypto: SignalCrypto, tag: Uint8Array, work: Uint8Array): boolean {
  return startsWithZeros(crypto.sha256(labelled('work', tag, work)))
}

/** Looks for a number whose hash with the tag starts with zeros. */
export class WorkSearch {
  readonly #crypto: SignalCrypto
  /** The input of the hash; the number is its end. */
  readonly #data: Uint8Array
  readonly #number: DataView
  #tried = 0

  constructor(crypto: SignalCrypto, tag: Uint8Array) {
    this.#crypto = crypto
    this.#data = labelled('work', tag, new Uint8Array(WORK_LENGTH))
    this.#number = new DataView(this.#data.buffer, this.#data.length - WORK_LENGTH)
  }

  /** Tries so many more numbers; undefined when none of them was one. */
  next(tries: number): Uint8Array | undefined {
    for (const end = this.#tried + tries; this.#tried < end; ) {
      this.#number.setUint32(WORK_LENGTH - 4, this.#tried++)
      if (startsWithZeros(this.#crypto.sha256(this.#data))) return this.#data.slice(-WORK_LENGTH)
    }
    return undefined
  }
}

function startsWithZeros(hash: Uint8Array): boolean {
  const [first = 0, second = 0, third = 0, fourth = 0] = hash
  return Math.clz32((first << 24) | (second << 16) | (third << 8) | fourth) >= WORK_BITS
}
