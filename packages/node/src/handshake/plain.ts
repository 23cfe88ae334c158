import { type ByteStream, equalBytes, joinBytes, type RandomBytes } from '@p2pd/netif'
import type { Identity, Verify } from '../identity/identity.ts'
import { encodeFrame, type Frame, FrameType, readFrame } from './frame.ts'
import { NodeError } from '../node-error.ts'
import {
  decodePlainAnswer,
  decodePlainOffer,
  decodePlainProof,
  encodePlainAnswer,
  encodePlainOffer,
  encodePlainProof,
  RANDOM_LENGTH,
} from './plain-frame.ts'
import { PROTOCOLS, type Secure, type SecuredStream, type SecureOptions } from './secure.ts'
import { readExactly, readPrefix } from './read-prefix.ts'

/** The parts that negotiate pipes without encryption. */
export interface PlainOptions {
  readonly identity: Identity
  readonly verify: Verify
  readonly random: RandomBytes
  /** Secures the streams on which not both nodes want that. */
  readonly encrypted: Secure
  /** Whether this node wants its pipes plain, where the other one does, too. */
  readonly isWanted: boolean
}

const CLOSED = 'the other side closed the connection during the plain handshake'
const encoder = new TextEncoder()
/** Keep each signature from being good for anything else. */
const CALLER_CONTEXT = encoder.encode('p2pd plain caller\0')
const CALLEE_CONTEXT = encoder.encode('p2pd plain callee\0')

/**
 * Secures streams as `encrypted` does, unless both nodes want them plain. Then both prove their keys by signatures over
 * fresh random numbers, in as many round trips. Nothing after that is protected; what `exportKey` gives are the random numbers
 * of both, which are unique and not secret. Fails with `NODE_WRONG_PEER` when the
 * other side is another node or does not prove its key. Other errors are `NODE_BAD_MESSAGE` for any other bytes,
 * `NODE_CLOSED` when the other side closes, and those of `encrypted`.
 */
export function plainWhereBothWant(options: PlainOptions): Secure {
  return async (stream, how) => {
    try {
      return await (how.role === 'client' ? asCaller : asCallee)(stream, options, how)
    } catch (error) {
      stream.destroy()
      throw error
    }
  }
}

async function asCaller(
  stream: ByteStream,
  options: PlainOptions,
  how: SecureOptions,
): Promise<SecuredStream> {
  const { identity, encrypted, isWanted } = options
  if (!isWanted) return encrypted(stream, how)
  const hello = { key: identity.publicKey, random: options.random(RANDOM_LENGTH) }
  const offer = encodePlainOffer({ ...hello, protocols: PROTOCOLS })
  stream.write(offer)
  const frame = await read(stream, [FrameType.PlainRefusal, FrameType.PlainAnswer], how)
  if (frame.type === FrameType.PlainRefusal) return encrypted(stream, how)
  const { key, random, protocol } = decodePlainAnswer(frame.body)
  const peer = checkPeer(key, how)
  if (commonProtocol([protocol]) === undefined)
    throw wrongPeer('the other side took a protocol that was not offered')
  const both = joinBytes(offer, encodeFrame(frame))
  check(options, peer, joinBytes(CALLEE_CONTEXT, both), await readProof(stream, how))
  stream.write(encodePlainProof(identity.sign(joinBytes(CALLER_CONTEXT, both))))
  return { stream, peer, encrypted: false, exportKey: () => joinBytes(hello.random, random) }
}

async function asCallee(
  stream: ByteStream,
  options: PlainOptions,
  how: SecureOptions,
): Promise<SecuredStream> {
  const { identity, encrypted, isWanted } = options
  const first = await readPrefix(stream, () => readExactly(stream, 1), CLOSED, signalOf(how))
  stream.unshift(first)
  if (first[0] !== FrameType.PlainOffer) return encrypted(stream, how)
  const frame = await read(stream, [FrameType.PlainOffer], how)
  const offer = decodePlainOffer(frame.body)
  const protocol = commonProtocol(offer.protocols)
  if (!isWanted || protocol === undefined) {
    stream.write(encodeFrame({ type: FrameType.PlainRefusal, body: new Uint8Array() }))
    return encrypted(stream, how)
  }
  const peer = checkPeer(offer.key, how)
  const random = options.random(RANDOM_LENGTH)
  const answer = encodePlainAnswer({ key: identity.publicKey, random, protocol })
  const both = joinBytes(encodeFrame(frame), answer)
  stream.write(joinBytes(answer, encodePlainProof(identity.sign(joinBytes(CALLEE_CONTEXT, both)))))
  check(options, peer, joinBytes(CALLER_CONTEXT, both), await readProof(stream, how))
  return { stream, peer, encrypted: false, exportKey: () => joinBytes(offer.random, random) }
}

/** The best version that this node knows among those that are offered. */
function commonProtocol(offered: readonly unknown[]): string | undefined {
  return PROTOCOLS.find((protocol) => offered.includes(protocol))
}

async function readProof(stream: ByteStream, how: SecureOptions): Promise<Uint8Array> {
  const { body } = await read(stream, [FrameType.PlainProof], how)
  return decodePlainProof(body)
}

function checkPeer(key: Uint8Array, { peer }: SecureOptions): Uint8Array {
  if (peer !== undefined && !equalBytes(key, peer)) throw wrongPeer('another node is at this address')
  return key
}

function check({ verify }: PlainOptions, key: Uint8Array, signed: Uint8Array, signature: Uint8Array): void {
  if (!verify(key, signed, signature)) throw wrongPeer('the other side did not prove its key')
}

function read(stream: ByteStream, types: readonly number[], how: SecureOptions): Promise<Frame> {
  return readFrame(stream, types, CLOSED, signalOf(how))
}

function signalOf({ signal }: SecureOptions): AbortSignal {
  return signal ?? new AbortController().signal
}

function wrongPeer(what: string): NodeError {
  return new NodeError('NODE_WRONG_PEER', what)
}
