import { createHash, hash as digest } from 'node:crypto'
import type { Hash } from '../receiving/receiver-machine.ts'

/** The SHA-256 of some bytes. FIPS 180-4. */
export function sha256(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  const [first, ...others] = parts
  if (first !== undefined && others.length === 0) return digest('sha256', first, 'buffer')
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** A running SHA-256. FIPS 180-4. */
export function newSha256(): Hash {
  const hash = createHash('sha256')
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() }
}
