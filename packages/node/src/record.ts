import type { Candidate } from './candidate.ts'
import { NodeError } from './node-error.ts'
import { candidatesFromWire, candidateToWire, decodeCborArray, encodeCbor } from './wire.ts'

const VERSION = 1

/** Encodes what a node leaves on its brokers: CBOR `[version, candidates]`. Owner and dates are the envelope's affair. */
export function encodeRecord(candidates: readonly Candidate[]): Uint8Array {
  return encodeCbor([VERSION, candidates.map(candidateToWire)])
}

/** Decodes what `encodeRecord` made; any other bytes are refused. */
export function decodeRecord(bytes: Uint8Array): Candidate[] {
  const [version, wire] = decodeCborArray(bytes) ?? []
  const candidates = version === VERSION ? candidatesFromWire(wire) : `version ${String(version)}`
  if (typeof candidates === 'string') throw new NodeError('NODE_BAD_MESSAGE', `record refused: ${candidates}`)
  return candidates
}
