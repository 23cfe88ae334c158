import { bytesIn, decodeMap, encodeMap, integerIn, wordIn } from '../wire/cbor.ts'
import { NodeError } from '../node-error.ts'
import { SHARE_LENGTH } from './cpace.ts'

/** Bytes that name one attempt of a guessing side. */
export const ATTEMPT_LENGTH = 16
/** Bytes by which a side proves that it has the same key. */
export const PROOF_LENGTH = 32
/** Bytes of a sealed introduction, at most. */
const MAX_SEALED = 1024

/** Messages of a pairing, by their number on the wire. */
const MessageType = {
  claim: 1,
  hello: 2,
  share: 3,
  proof: 4,
  welcome: 5,
  wrong: 6,
  over: 7,
  ended: 8,
} as const

/** How a code came to its end, by number on the wire. */
const CodeEnd = { used: 1, burnt: 2, expired: 3, withdrawn: 4 } as const

/** How a code came to its end: by its one pairing, by wrong guesses, by its age, or by the user who made it. */
export type CodeEnd = keyof typeof CodeEnd

/** One message of a pairing. */
export type PairingMessage =
  /** The waiting side holds this number. */
  | { readonly type: 'claim'; readonly holder: Uint8Array }
  /** A guessing side begins an attempt. */
  | { readonly type: 'hello'; readonly attempt: Uint8Array; readonly share: Uint8Array }
  /** The waiting side answers an attempt. */
  | { readonly type: 'share'; readonly attempt: Uint8Array; readonly share: Uint8Array }
  /** The guessing side proves its key, and introduces itself under it. */
  | {
      readonly type: 'proof'
      readonly attempt: Uint8Array
      readonly proof: Uint8Array
      readonly sealed: Uint8Array
    }
  /** The waiting side does the same. */
  | {
      readonly type: 'welcome'
      readonly attempt: Uint8Array
      readonly proof: Uint8Array
      readonly sealed: Uint8Array
    }
  /** The guess was wrong; so many are left. */
  | { readonly type: 'wrong'; readonly attempt: Uint8Array; readonly left: number }
  /** The waiting side has ended. */
  | { readonly type: 'over'; readonly attempt: Uint8Array; readonly why?: CodeEnd | undefined }
  /** The waiting side has ended, and its number is free; it takes the place of the claim. */
  | { readonly type: 'ended'; readonly holder: Uint8Array; readonly why?: CodeEnd | undefined }

/** Encodes a message. */
export function encodePairingMessage(message: PairingMessage): Uint8Array {
  const named = 'holder' in message ? message.holder : message.attempt
  const why = message.type === 'over' || message.type === 'ended' ? message.why : undefined
  const isShare = message.type === 'hello' || message.type === 'share'
  const isProof = message.type === 'proof' || message.type === 'welcome'
  return encodeMap([
    [1, MessageType[message.type]],
    [2, named],
    [3, isShare ? message.share : undefined],
    [4, isProof ? message.proof : undefined],
    [5, isProof ? message.sealed : undefined],
    [6, message.type === 'wrong' ? message.left : undefined],
    [7, why && CodeEnd[why]],
  ])
}

/** Decodes a message; undefined for types not known. Throws `NODE_BAD_MESSAGE` for everything else. */
export function decodePairingMessage(bytes: Uint8Array): PairingMessage | undefined {
  const map = decodeMap(bytes, refuse)
  const type = wordIn(MessageType, map.get(1), 'the type', refuse)
  if (type === undefined) return undefined
  const attempt = bytesIn(map.get(2), ATTEMPT_LENGTH, 'the attempt', refuse)
  switch (type) {
    case 'claim':
      return { type, holder: attempt }
    case 'hello':
    case 'share':
      return { type, attempt, share: bytesIn(map.get(3), SHARE_LENGTH, 'the share', refuse) }
    case 'proof':
    case 'welcome':
      return {
        type,
        attempt,
        proof: bytesIn(map.get(4), PROOF_LENGTH, 'the proof', refuse),
        sealed: sealedIn(map.get(5)),
      }
    case 'wrong':
      return {
        type,
        attempt,
        left: integerIn(map.get(6), [0, 255], () => refuse('the guesses that are left')),
      }
    case 'over':
      return { type, attempt, ...endIn(map.get(7)) }
    case 'ended':
      return { type, holder: attempt, ...endIn(map.get(7)) }
  }
}

/** Nothing for an end that is not known, or is missing. */
function endIn(value: unknown): { readonly why?: CodeEnd } {
  const why = value === undefined ? undefined : wordIn(CodeEnd, value, 'the end of the code', refuse)
  return why === undefined ? {} : { why }
}

function sealedIn(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length > MAX_SEALED) throw refuse('the introduction')
  return new Uint8Array(value)
}

function refuse(what: string): NodeError {
  return new NodeError('NODE_BAD_MESSAGE', `a message of a pairing is malformed: ${what}`)
}
