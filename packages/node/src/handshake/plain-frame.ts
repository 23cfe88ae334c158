import { bytesIn, decodeMap, encodeMap, listIn, type WireMap } from '../wire/cbor.ts'
import { NodeError } from '../node-error.ts'
import { encodeFrame, FrameType } from './frame.ts'

/** The first frame of both sides in a handshake without encryption. */
interface Hello {
  /** The public key of the sender. */
  readonly key: Uint8Array
  /** 32 random bytes, which make the signatures good for this handshake alone. */
  readonly random: Uint8Array
}

/** By which the caller asks for a stream without encryption. */
export interface PlainOffer extends Hello {
  /** The versions that the caller knows. */
  readonly protocols: readonly unknown[]
}

/** By which the callee agrees to it. */
export interface PlainAnswer extends Hello {
  /** The version that the callee takes. */
  readonly protocol: unknown
}

export const RANDOM_LENGTH = 32
const KEY_LENGTH = 32
const SIGNATURE_LENGTH = 64
/** More than there will be. */
const MAX_PROTOCOLS = 32

const HelloKey = { key: 1, random: 2, protocol: 3 } as const
const ProofKey = { signature: 1 } as const

/** Encodes an offer as a frame. */
export function encodePlainOffer({ protocols, ...hello }: PlainOffer): Uint8Array {
  return encodeHello(FrameType.PlainOffer, hello, protocols)
}

/** Encodes an answer as a frame. */
export function encodePlainAnswer({ protocol, ...hello }: PlainAnswer): Uint8Array {
  return encodeHello(FrameType.PlainAnswer, hello, protocol)
}

/** Decodes the body of an offer; unknown keys are left out. Throws `NODE_BAD_MESSAGE` for any other bytes. */
export function decodePlainOffer(body: Uint8Array): PlainOffer {
  const map = decodeMap(body, badHandshake)
  const protocols = listIn(map.get(HelloKey.protocol), MAX_PROTOCOLS, 'protocols', badHandshake)
  return { ...helloIn(map), protocols }
}

/** Decodes the body of an answer; unknown keys are left out. Throws `NODE_BAD_MESSAGE` for any other bytes. */
export function decodePlainAnswer(body: Uint8Array): PlainAnswer {
  const map = decodeMap(body, badHandshake)
  return { ...helloIn(map), protocol: map.get(HelloKey.protocol) }
}

/** Encodes a proof, the signature of one side over both sides' frames, as a frame. */
export function encodePlainProof(signature: Uint8Array): Uint8Array {
  return encodeFrame({ type: FrameType.PlainProof, body: encodeMap([[ProofKey.signature, signature]]) })
}

/** The signature in the body of a proof. Throws `NODE_BAD_MESSAGE` for any other bytes. */
export function decodePlainProof(body: Uint8Array): Uint8Array {
  const signature = decodeMap(body, badHandshake).get(ProofKey.signature)
  return bytesIn(signature, SIGNATURE_LENGTH, 'the signature', badHandshake)
}

function encodeHello(type: number, { key, random }: Hello, protocol: unknown): Uint8Array {
  const body = encodeMap([
    [HelloKey.key, key],
    [HelloKey.random, random],
    [HelloKey.protocol, protocol],
  ])
  return encodeFrame({ type, body })
}

function helloIn(map: WireMap): Hello {
  const key = bytesIn(map.get(HelloKey.key), KEY_LENGTH, 'the key', badHandshake)
  const random = bytesIn(map.get(HelloKey.random), RANDOM_LENGTH, 'the random bytes', badHandshake)
  return { key, random }
}

function badHandshake(what: string): NodeError {
  return new NodeError('NODE_BAD_MESSAGE', `plain handshake refused: ${what}`)
}
