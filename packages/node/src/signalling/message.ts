import { TOKEN_LENGTH } from '@p2pd/punch'
import type { Candidate } from '../candidates/candidate.ts'
import { CONNECTION_ID_LENGTH } from '../handshake/nomination.ts'
import { NodeError } from '../node-error.ts'
import {
  type SideDescription,
  sideDescriptionsFromWire,
  sideDescriptionToWire,
} from '../punching/side-description.ts'
import { STRATEGY_NAMES, type StrategyName } from '../report/report.ts'
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
  /** Wall clock of who wrote the message, in milliseconds: an offer's leaving; an offer's arrival and the answer's leaving. */
  readonly times: readonly number[]
  readonly punch?: PunchTerms | undefined
}

/** What both sides of a punch go by. */
export interface PunchTerms {
  /** 16 random bytes of the caller's, new for each attempt; the same in the answer. */
  readonly token: Uint8Array
  /** How many attempts of the call failed before this one. */
  readonly attempt: number
  /** In an answer: for each side of the offer the one that meets it, where there is one. */
  readonly sides: readonly (SideDescription | undefined)[]
}

const VERSION = 1
const TYPES = ['offer', 'answer'] as const
/** How many times each type carries. */
const TIMES = { offer: 1, answer: 2 } as const
/** A second attempt is the last. */
const MAX_ATTEMPT = 1

/** Encodes as CBOR `[version, type, connectionId, candidates, strategies, times, null or [token, attempt, sides]]`. */
export function encodeMessage({
  type,
  connectionId,
  candidates,
  strategies,
  times,
  punch,
}: Message): Uint8Array {
  const wireCandidates = candidates.map(candidateToWire)
  const terms = punch === undefined ? null : termsToWire(punch)
  return encodeCbor([
    VERSION,
    TYPES.indexOf(type),
    connectionId,
    wireCandidates,
    strategies,
    times.map(Math.round),
    terms,
  ])
}

/** Decodes what `encodeMessage` made; any other bytes are refused. */
export function decodeMessage(bytes: Uint8Array): Message {
  const [version, index, connectionId, wire, strategies, times, terms] = decodeCborArray(bytes) ?? []
  if (version !== VERSION) throw badMessage(`version ${String(version)}`)
  const type = typeof index === 'number' ? TYPES[index] : undefined
  if (type === undefined) throw badMessage(`type ${String(index)}`)
  if (!isBytes(connectionId, CONNECTION_ID_LENGTH)) throw badMessage('the connection id')
  const candidates = candidatesFromWire(wire)
  if (typeof candidates === 'string') throw badMessage(candidates)
  if (!Array.isArray(strategies)) throw badMessage('the strategies')
  if (!isTimes(times) || times.length !== TIMES[type]) throw badMessage('the times')
  // A name that this version does not know is one it can't take part in.
  const known = strategies.flatMap((name) => STRATEGY_NAMES.filter((one) => one === name))
  const punch = terms === null ? undefined : termsFromWire(terms)
  return { type, connectionId, candidates, strategies: [...new Set(known)], times, ...(punch && { punch }) }
}

function termsToWire({ token, attempt, sides }: PunchTerms): readonly unknown[] {
  return [token, attempt, sides.map((side) => (side === undefined ? null : sideDescriptionToWire(side)))]
}

function termsFromWire(value: unknown): PunchTerms {
  const [token, attempt, wire] = Array.isArray(value) ? (value as unknown[]) : []
  if (!isBytes(token, TOKEN_LENGTH)) throw badMessage('the token')
  if (typeof attempt !== 'number' || !Number.isInteger(attempt) || attempt < 0 || attempt > MAX_ATTEMPT) {
    throw badMessage(`attempt ${String(attempt)}`)
  }
  const sides = sideDescriptionsFromWire(wire)
  if (typeof sides === 'string') throw badMessage(sides)
  return { token, attempt, sides }
}

function isBytes(value: unknown, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length
}

function isTimes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((time) => Number.isSafeInteger(time) && time >= 0)
}

function badMessage(what: string): NodeError {
  return new NodeError('NODE_BAD_MESSAGE', `signalling message refused: ${what}`)
}
