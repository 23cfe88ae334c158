import type { Candidate } from './candidate.ts'
import { CONNECTION_ID_LENGTH } from './hello.ts'
import { NodeError } from './node-error.ts'
import { STRATEGY_NAMES, type StrategyName } from './report.ts'
import { candidatesFromWire, candidateToWire, decodeCborArray, encodeCbor } from './wire.ts'

/** What two nodes tell each other through signalling. Sender and recipient are the envelope's affair. */
export interface Message {
  /** The caller offers a connection; the peer answers with where it can be reached. */
  readonly type: 'offer' | 'answer'
  /** 16 random bytes of the caller's: the same in the answer and in the hello. */
  readonly connectionId: Uint8Array
  readonly candidates: readonly Candidate[]
  /** In an offer: what the caller wants the peer to take part in. Empty in an answer. */
  readonly strategies: readonly StrategyName[]
}

const VERSION = 1
const TYPES = ['offer', 'answer'] as const

/** Encodes as CBOR `[version, type, connectionId, candidates, strategies]`. */
export function encodeMessage({ type, connectionId, candidates, strategies }: Message): Uint8Array {
  return encodeCbor([VERSION, TYPES.indexOf(type), connectionId, candidates.map(candidateToWire), strategies])
}

/** Decodes what `encodeMessage` made; any other bytes are refused. */
export function decodeMessage(bytes: Uint8Array): Message {
  const [version, index, connectionId, wire, strategies] = decodeCborArray(bytes) ?? []
  if (version !== VERSION) throw badMessage(`version ${String(version)}`)
  const type = typeof index === 'number' ? TYPES[index] : undefined
  if (type === undefined) throw badMessage(`type ${String(index)}`)
  if (!(connectionId instanceof Uint8Array) || connectionId.length !== CONNECTION_ID_LENGTH) {
    throw badMessage('the connection id')
  }
  const candidates = candidatesFromWire(wire)
  if (typeof candidates === 'string') throw badMessage(candidates)
  if (!Array.isArray(strategies)) throw badMessage('the strategies')
  // A name that this version does not know is one it can't take part in.
  const known = strategies.flatMap((name) => STRATEGY_NAMES.filter((one) => one === name))
  return { type, connectionId, candidates, strategies: [...new Set(known)] }
}

function badMessage(what: string): NodeError {
  return new NodeError('NODE_BAD_MESSAGE', `signalling message refused: ${what}`)
}
