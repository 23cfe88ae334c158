import { TOKEN_LENGTH } from '@p2pd/punch'
import type { Candidate } from '../candidates/candidate.ts'
import {
  bytesIn,
  decodeMap,
  encodeMap,
  integerIn,
  listIn,
  mapIn,
  toMap,
  type WireMap,
  wordIn,
} from '../wire/cbor.ts'
import { CONNECTION_ID_LENGTH } from '../handshake/nomination.ts'
import { NodeError } from '../node-error.ts'
import { type SideDescription, sideDescriptionsFromWire, sideDescriptionToWire } from './side-description.ts'
import { STRATEGY_NAMES, type StrategyName } from '../report/report.ts'
import { candidatesFromWire, candidateToWire } from './candidate-wire.ts'
import { turnServersFromWire, turnServersToWire } from './server-wire.ts'

/** An offer or an answer (RFC 3264). The envelope around it has the sender and the recipient. */
export interface Message {
  /** The caller offers a connection; the peer answers with where it can be reached. */
  readonly type: 'offer' | 'answer'
  /** 16 random bytes of the caller: the same in the answer and in the nomination. */
  readonly connectionId: Uint8Array
  readonly candidates: readonly Candidate[]
  /** In an offer: what the caller wants the peer to take part in. Empty in an answer. */
  readonly strategies: readonly StrategyName[]
  /**
   * Wall clock of the sender, in milliseconds since 1970. An offer has the time at which it left. An answer has the time
   * at which the offer arrived, then the time at which the answer left.
   */
  readonly times: readonly number[]
  readonly punch?: PunchTerms | undefined
  /** In an offer: the call is for a service, and no call of the recipient takes its place in case of glare. */
  readonly standsAlone?: boolean | undefined
  /** In an answer: the addresses of the TURN servers of the sender, as in its record. */
  readonly turnServers?: readonly string[] | undefined
}

/** The terms of a punch that both peers agree on. */
export interface PunchTerms {
  /** 16 random bytes of the caller, new for each attempt; the same in the answer. */
  readonly token: Uint8Array
  /** How many attempts of the call failed before this one. */
  readonly failedAttempts: number
  /**
   * In an answer: for each side of the offer the one that meets it. Undefined stands for a side that does not exist, or
   * that this version does not know.
   */
  readonly sides: readonly (SideDescription | undefined)[]
}

/** Types of messages. */
const MessageType = { offer: 0, answer: 1 } as const

/** Keys of a message. */
const MessageKey = {
  type: 1,
  connectionId: 2,
  candidates: 3,
  strategies: 4,
  sentAt: 5,
  receivedAt: 6,
  punch: 7,
  standsAlone: 8,
  turnServers: 9,
} as const

/** Keys of the terms of a punch. */
const PunchKey = { token: 1, failedAttempts: 2, sides: 3 } as const

/** More than there are, with room for those to come. */
const MAX_STRATEGIES = 32
/** A second attempt is the last. */
const MAX_ATTEMPT = 1

/** Encodes an offer or an answer as a CBOR map. */
export function encodeMessage(message: Message): Uint8Array {
  const { type, connectionId, candidates, strategies, times, punch } = message
  const [first, second] = times.map(Math.round)
  const [sentAt, receivedAt] = type === 'offer' ? [first] : [second, first]
  return encodeMap([
    [MessageKey.type, MessageType[type]],
    [MessageKey.connectionId, connectionId],
    [MessageKey.candidates, candidates.map(candidateToWire)],
    [MessageKey.strategies, type === 'offer' ? strategies : undefined],
    [MessageKey.sentAt, sentAt],
    [MessageKey.receivedAt, receivedAt],
    [MessageKey.punch, punch && termsToWire(punch)],
    [MessageKey.standsAlone, message.standsAlone ? 1 : undefined],
    [MessageKey.turnServers, turnServersToWire(message.turnServers)],
  ])
}

/**
 * Decodes an offer or an answer; undefined for a message of another type, which a later version may send. Keys,
 * candidates, strategies and sides that are not known are left out. Throws `NODE_BAD_MESSAGE` for any other bytes.
 */
export function decodeMessage(bytes: Uint8Array): Message | undefined {
  const map = decodeMap(bytes, badMessage)
  const type = wordIn(MessageType, map.get(MessageKey.type), 'type', badMessage)
  if (type === undefined) return undefined
  const id = map.get(MessageKey.connectionId)
  const connectionId = bytesIn(id, CONNECTION_ID_LENGTH, 'the connection id', badMessage)
  const candidates = candidatesFromWire(map.get(MessageKey.candidates), badMessage)
  const strategies = type === 'offer' ? strategiesIn(map.get(MessageKey.strategies)) : []
  const sentAt = timeIn(map, MessageKey.sentAt)
  const times = type === 'offer' ? [sentAt] : [timeIn(map, MessageKey.receivedAt), sentAt]
  const terms = map.get(MessageKey.punch)
  const punch = terms === undefined ? undefined : termsFromWire(mapIn(terms, 'the punch', badMessage))
  const standsAlone = map.get(MessageKey.standsAlone) === 1
  const turnServers = turnServersFromWire(map.get(MessageKey.turnServers), badMessage)
  return {
    type,
    connectionId,
    candidates,
    strategies,
    times,
    ...(punch && { punch }),
    ...(standsAlone && { standsAlone }),
    ...(turnServers.length > 0 && { turnServers }),
  }
}

/** The strategies that this version can take part in, each once. */
function strategiesIn(value: unknown): StrategyName[] {
  const names = listIn(value, MAX_STRATEGIES, 'strategies', badMessage)
  const other = names.find((name) => typeof name !== 'string')
  if (other !== undefined) throw badMessage(`the strategies: ${typeof other} in place of a text`)
  return [...new Set(names)].flatMap((name) => STRATEGY_NAMES.filter((one) => one === name))
}

function timeIn(map: WireMap, key: number): number {
  return integerIn(map.get(key), [0, Number.MAX_SAFE_INTEGER], () => badMessage('the times'))
}

function termsToWire({ token, failedAttempts, sides }: PunchTerms): WireMap {
  return toMap([
    [PunchKey.token, token],
    [PunchKey.failedAttempts, failedAttempts],
    [PunchKey.sides, sides.map((side) => (side === undefined ? null : sideDescriptionToWire(side)))],
  ])
}

function termsFromWire(map: WireMap): PunchTerms {
  const token = bytesIn(map.get(PunchKey.token), TOKEN_LENGTH, 'the token', badMessage)
  const number = map.get(PunchKey.failedAttempts)
  const failedAttempts = integerIn(number, [0, MAX_ATTEMPT], () => badMessage(`attempt ${String(number)}`))
  return { token, failedAttempts, sides: sideDescriptionsFromWire(map.get(PunchKey.sides), badMessage) }
}

function badMessage(what: string): NodeError {
  return new NodeError('NODE_BAD_MESSAGE', `signalling message refused: ${what}`)
}
