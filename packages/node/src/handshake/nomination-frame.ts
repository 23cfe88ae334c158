import { bytesIn, decodeMap, encodeMap, integerIn, listIn, type Refuse, type WireMap } from '../wire/cbor.ts'
import { NodeError } from '../node-error.ts'
import { encodeFrame, FrameType } from './frame.ts'

/** Bytes of the random number that names one `connect`, on every path it tries. */
export const CONNECTION_ID_LENGTH = 16
/** Bytes of the random number that names a session. */
export const SESSION_ID_LENGTH = 16
/** A service's name in UTF-8; the empty one is the raw pipe. */
export const MAX_SERVICE_BYTES = 255

/** Both ends of a path describe by these the session that it is to carry. */
export interface SessionTerms {
  /** 16 bytes, random and of the caller. @default none, which is refused */
  readonly sessionId?: Uint8Array | undefined
  /** How many bytes of the session the sender has received, on all paths. @default 0 */
  readonly receivedOffset?: number | undefined
  /** Shows that the sender knows the secret of the session. At most 255 bytes. @default the session begins on this path */
  readonly proof?: Uint8Array | undefined
  /** Abilities of the sender beyond this version. A reader ignores the names it does not know. @default none */
  readonly features?: readonly string[] | undefined
}

/** By which the caller chooses one of the paths it authenticated. RFC 8445 §8.1.1. */
export interface Nomination extends SessionTerms {
  /** The one of the offer, where there was one. */
  readonly connectionId: Uint8Array
  /** The service that the caller wants. @default '', the raw pipe */
  readonly service?: string | undefined
}

/** How a callee replies to a nomination. Every other number means that it does not accept. */
export const ReplyCode = {
  Accepted: 0,
  /** No such service, or not for this caller: one code, so that nobody learns which services there are. */
  Unavailable: 1,
  /** The path was to join a session that the callee does not have: it was restarted, or gave the session up. */
  UnknownSession: 2,
} as const

/** The codes by which a callee refuses. */
export type RefusalCode = Exclude<(typeof ReplyCode)[keyof typeof ReplyCode], 0>

/** The callee's reply to a nomination, before the bytes of the application. */
export interface Reply extends SessionTerms {
  readonly code: number
}

/** Keys of a nomination and of a reply: those of the session mean the same in both. */
const Key = {
  connectionId: 1,
  code: 1,
  service: 2,
  sessionId: 3,
  receivedOffset: 4,
  proof: 5,
  features: 6,
} as const

const MAX_PROOF_BYTES = 255
const MAX_FEATURES = 32
const utf8 = new TextEncoder()

/** Throws `NODE_BAD_OPTION` when the name of a service is too long. */
export function checkService(service: string): void {
  if (utf8.encode(service).length <= MAX_SERVICE_BYTES) return
  throw new NodeError('NODE_BAD_OPTION', `the name of a service has at most ${MAX_SERVICE_BYTES} bytes`)
}

/** Encodes a nomination as a frame. Throws `NODE_BAD_OPTION` when the service's name is too long. */
export function encodeNomination(nomination: Nomination): Uint8Array {
  const { connectionId, service = '' } = nomination
  checkService(service)
  const body = encodeMap([
    [Key.connectionId, connectionId],
    [Key.service, service === '' ? undefined : service],
    ...termsToWire(nomination),
  ])
  return encodeFrame({ type: FrameType.Nomination, body })
}

/** Decodes the body of a nomination; unknown keys are left out. Throws `NODE_BAD_MESSAGE` for any other bytes. */
export function decodeNomination(body: Uint8Array): Nomination {
  const map = decodeMap(body, badNomination)
  const id = map.get(Key.connectionId)
  const connectionId = bytesIn(id, CONNECTION_ID_LENGTH, 'the connection id', badNomination)
  const service = map.get(Key.service) ?? ''
  if (typeof service !== 'string' || utf8.encode(service).length > MAX_SERVICE_BYTES) {
    throw badNomination('the name of the service')
  }
  return { connectionId, service, ...termsFromWire(map, badNomination) }
}

/** Encodes a reply as a frame. */
export function encodeReply(reply: Reply): Uint8Array {
  const body = encodeMap([[Key.code, reply.code], ...termsToWire(reply)])
  return encodeFrame({ type: FrameType.Reply, body })
}

/** Decodes the body of a reply; unknown keys are left out. Throws `NODE_BAD_MESSAGE` for any other bytes. */
export function decodeReply(body: Uint8Array): Reply {
  const map = decodeMap(body, badReply)
  const code = map.get(Key.code)
  const numbers = [0, Number.MAX_SAFE_INTEGER] as const
  const checked = integerIn(code, numbers, () => badReply(`code ${String(code)}`))
  return { code: checked, ...termsFromWire(map, badReply) }
}

function termsToWire({ sessionId, receivedOffset, proof, features = [] }: SessionTerms) {
  return [
    [Key.sessionId, sessionId],
    [Key.receivedOffset, receivedOffset],
    [Key.proof, proof],
    [Key.features, features.length === 0 ? undefined : features],
  ] as const
}

function termsFromWire(map: WireMap, refuse: Refuse): SessionTerms {
  const [id, offset, proof] = [map.get(Key.sessionId), map.get(Key.receivedOffset), map.get(Key.proof)]
  if (proof !== undefined && (!(proof instanceof Uint8Array) || proof.length > MAX_PROOF_BYTES)) {
    throw refuse('the proof')
  }
  const features = listIn(map.get(Key.features) ?? [], MAX_FEATURES, 'features', refuse)
  if (!features.every((name) => typeof name === 'string')) throw refuse('the features are not texts')
  return {
    ...(id !== undefined && { sessionId: bytesIn(id, SESSION_ID_LENGTH, 'the session id', refuse) }),
    ...(offset !== undefined && {
      receivedOffset: integerIn(offset, [0, Number.MAX_SAFE_INTEGER], () => refuse('the received offset')),
    }),
    ...(proof !== undefined && { proof: new Uint8Array(proof) }),
    features,
  }
}

function badNomination(what: string): NodeError {
  return new NodeError('NODE_BAD_MESSAGE', `nomination refused: ${what}`)
}

function badReply(what: string): NodeError {
  return new NodeError('NODE_BAD_MESSAGE', `reply to a nomination refused: ${what}`)
}
