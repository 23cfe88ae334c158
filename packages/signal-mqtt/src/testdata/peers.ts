import { identityFromSeed } from '../nodejs/node-crypto.ts'

/** Key pairs for tests. */
export const alice = identityFromSeed(new Uint8Array(32).fill(1))
export const bob = identityFromSeed(new Uint8Array(32).fill(2))
export const carol = identityFromSeed(new Uint8Array(32).fill(3))

/** Random bytes that are the same in each run: a linear congruential generator (Numerical Recipes). */
export function seededRandom(seed: number): (length: number) => Uint8Array {
  let state = seed >>> 0
  return (length) => {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      bytes[at] = state >>> 24
    }
    return bytes
  }
}

export const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString()
export const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text))
