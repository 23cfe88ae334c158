import { type ByteStream, equalBytes, joinBytes, type RandomBytes } from '@p2pd/netif'
import type { Identity, Verify } from '../identity/identity.ts'
import { NodeError } from '../node-error.ts'
import type { Secure, SecuredStream, SecureOptions } from './secure.ts'
import { readExactly, readPrefix } from './read-prefix.ts'

/** What pipes without encryption are negotiated with. */
export interface PlainOptions {
  readonly identity: Identity
  readonly verify: Verify
  readonly random: RandomBytes
  /** For everyone else. */
  readonly encrypted: Secure
  /** Whether this node wants its pipes plain, where the other one does, too. */
  readonly isWanted: boolean
}

/** Asks for a plain pipe. A TLS client's first byte is another (22, handshake: RFC 8446 §5.1). */
const ASK = 0x71
/** What the other side says to it. */
const REFUSED = 0
const GRANTED = 1

const KEY = 32
const NONCE = 32
const SIGNATURE = 64
const encoder = new TextEncoder()
/** Keep each signature from being good for anything else. */
const CALLER_CONTEXT = encoder.encode('p2pd plain caller\0')
const CALLEE_CONTEXT = encoder.encode('p2pd plain callee\0')

/**
 * Secures streams as `encrypted` does, unless both nodes want them plain: then both prove their keys by signatures over
 * fresh random numbers, in as many round trips, and nothing after that is protected.
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
  const { identity, random, encrypted, isWanted } = options
  if (!isWanted) return encrypted(stream, how)
  const asked = joinBytes(identity.publicKey, random(NONCE))
  stream.write(joinBytes(Uint8Array.of(ASK), asked))
  const [answer] = await read(stream, 1, how)
  if (answer === REFUSED) return encrypted(stream, how)
  if (answer !== GRANTED) throw wrongPeer('the other side answered something else to a plain handshake')
  const granted = await read(stream, KEY + NONCE, how)
  const peer = checkPeer(granted.slice(0, KEY), how)
  const both = joinBytes(asked, granted)
  check(options, peer, joinBytes(CALLEE_CONTEXT, both), await read(stream, SIGNATURE, how))
  stream.write(identity.sign(joinBytes(CALLER_CONTEXT, both)))
  return { stream, peer, encrypted: false }
}

async function asCallee(
  stream: ByteStream,
  options: PlainOptions,
  how: SecureOptions,
): Promise<SecuredStream> {
  const { identity, random, encrypted, isWanted } = options
  const first = await read(stream, 1, how)
  if (first[0] !== ASK) {
    stream.unshift(first)
    return encrypted(stream, how)
  }
  const asked = await read(stream, KEY + NONCE, how)
  if (!isWanted) {
    stream.write(Uint8Array.of(REFUSED))
    return encrypted(stream, how)
  }
  const peer = checkPeer(asked.slice(0, KEY), how)
  const granted = joinBytes(identity.publicKey, random(NONCE))
  const both = joinBytes(asked, granted)
  stream.write(joinBytes(Uint8Array.of(GRANTED), granted, identity.sign(joinBytes(CALLEE_CONTEXT, both))))
  check(options, peer, joinBytes(CALLER_CONTEXT, both), await read(stream, SIGNATURE, how))
  return { stream, peer, encrypted: false }
}

function checkPeer(key: Uint8Array, { peer }: SecureOptions): Uint8Array {
  if (peer !== undefined && !equalBytes(key, peer)) throw wrongPeer('another node is at this address')
  return key
}

function check({ verify }: PlainOptions, key: Uint8Array, signed: Uint8Array, signature: Uint8Array): void {
  if (!verify(key, signed, signature)) throw wrongPeer('the other side did not prove its key')
}

function read(stream: ByteStream, length: number, { signal }: SecureOptions): Promise<Uint8Array> {
  const closed = 'the other side closed the connection during the plain handshake'
  return readPrefix(stream, () => readExactly(stream, length), closed, signal ?? new AbortController().signal)
}

function wrongPeer(what: string): NodeError {
  return new NodeError('NODE_WRONG_PEER', what)
}
