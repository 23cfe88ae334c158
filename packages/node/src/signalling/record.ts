import type { Candidate } from '../candidates/candidate.ts'
import { NodeError } from '../node-error.ts'
import {
  type SideDescription,
  sideDescriptionsFromWire,
  sideDescriptionToWire,
} from '../punching/side-description.ts'
import { candidatesFromWire, candidateToWire, decodeCborArray, encodeCbor } from './wire.ts'

/** What a node leaves on its brokers for those who know its id. */
export interface Record {
  readonly candidates: readonly Candidate[]
  /** Its NATs, with the mappings that are warm. */
  readonly sides: readonly SideDescription[]
}

const VERSION = 1

/** Encodes as CBOR `[version, candidates, sides]`. Owner and dates are the envelope's affair. */
export function encodeRecord({ candidates, sides }: Record): Uint8Array {
  return encodeCbor([VERSION, candidates.map(candidateToWire), sides.map(sideDescriptionToWire)])
}

/** Decodes what `encodeRecord` made; any other bytes are refused. */
export function decodeRecord(bytes: Uint8Array): Record {
  const [version, wireCandidates, wireSides] = decodeCborArray(bytes) ?? []
  if (version !== VERSION) throw badRecord(`version ${String(version)}`)
  const candidates = candidatesFromWire(wireCandidates)
  if (typeof candidates === 'string') throw badRecord(candidates)
  const sides = sideDescriptionsFromWire(wireSides)
  if (typeof sides === 'string') throw badRecord(sides)
  return { candidates, sides: sides.filter((side) => side !== undefined) }
}

function badRecord(what: string): NodeError {
  return new NodeError('NODE_BAD_MESSAGE', `record refused: ${what}`)
}
