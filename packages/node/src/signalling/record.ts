import type { Candidate } from '../candidates/candidate.ts'
import { decodeMap, encodeMap } from '../wire/cbor.ts'
import { NodeError } from '../node-error.ts'
import { type SideDescription, sideDescriptionsFromWire, sideDescriptionToWire } from './side-description.ts'
import { candidatesFromWire, candidateToWire } from './candidate-wire.ts'
import { turnServersFromWire, turnServersToWire } from './server-wire.ts'

/** The message that a node leaves on its brokers for peers that know its id. */
export interface NodeRecord {
  readonly candidates: readonly Candidate[]
  /** Its NATs, with the mappings that it keeps. */
  readonly sides: readonly SideDescription[]
  /** The addresses of its TURN servers: a caller relays by one that it uses, too. */
  readonly turnServers?: readonly string[]
}

/** Keys of a record. */
const RecordKey = { candidates: 1, sides: 2, turnServers: 3 } as const

/** Encodes a record. The envelope around it has the owner and the dates. */
export function encodeRecord({ candidates, sides, turnServers }: NodeRecord): Uint8Array {
  return encodeMap([
    [RecordKey.candidates, candidates.map(candidateToWire)],
    [RecordKey.sides, sides.map(sideDescriptionToWire)],
    [RecordKey.turnServers, turnServersToWire(turnServers)],
  ])
}

/**
 * Decodes a record; keys, candidates and sides that are not known are left out. Throws `NODE_BAD_MESSAGE` for any other
 * bytes.
 */
export function decodeRecord(bytes: Uint8Array): NodeRecord {
  const map = decodeMap(bytes, badRecord)
  const candidates = candidatesFromWire(map.get(RecordKey.candidates), badRecord)
  const sides = sideDescriptionsFromWire(map.get(RecordKey.sides), badRecord)
  const turnServers = turnServersFromWire(map.get(RecordKey.turnServers), badRecord)
  return {
    candidates,
    sides: sides.filter((side) => side !== undefined),
    ...(turnServers.length > 0 && { turnServers }),
  }
}

function badRecord(what: string): NodeError {
  return new NodeError('NODE_BAD_MESSAGE', `record refused: ${what}`)
}
