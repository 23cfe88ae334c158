import type { ByteStream } from '@p2pd/netif'
import type { DatagramCipher, Identity, Secure, SecureOptions } from '@p2pd/node'
import { verifyEd25519 } from '@p2pd/node/node'
import { createHash } from 'node:crypto'

/** The content type of a TLS handshake. RFC 8446 §5.1. */
const HANDSHAKE = 22
const KEY = 32
const SIGNATURE = 64
/** A number that tells the handshakes of this process apart. */
const SERIAL = 8

let handshakes = 0n

/**
 * Replaces TLS in virtual time. It proves the same keys in the same number of round trips: the client is sure after
 * one, the server after one and a half. It does not encrypt.
 */
export function virtualSecure(identity: Identity): Secure {
  return async (stream, options) => {
    try {
      const { peer, hello } = await (options.role === 'client' ? asClient : asServer)(
        stream,
        identity,
        options,
      )
      const exportKey = (label: string) => createHash('sha256').update(`${label}\0`).update(hello).digest()
      return { stream, peer, encrypted: false, exportKey, cipher: openDatagrams }
    } catch (error) {
      stream.destroy()
      throw error
    }
  }
}

/** The first byte of a sealed datagram, by which sockets know it, and the room that sealing takes. */
const SEALED = 0xe0
const OVERHEAD = 23

/** Replaces the cipher of datagrams, and seals nothing. */
const openDatagrams: DatagramCipher = {
  seal: (data) => Buffer.concat([Uint8Array.of(SEALED), new Uint8Array(OVERHEAD - 1), data]),
  open: (sealed) => (sealed[0] === SEALED ? sealed.subarray(OVERHEAD) : undefined),
  overhead: OVERHEAD,
}

/** The other end, and the words of the client that are of this handshake alone. */
interface Outcome {
  readonly peer: Uint8Array
  readonly hello: Uint8Array
}

async function asClient(stream: ByteStream, identity: Identity, options: SecureOptions): Promise<Outcome> {
  const serial = Buffer.alloc(SERIAL)
  serial.writeBigUInt64BE(handshakes++)
  const hello = Buffer.concat([Uint8Array.of(HANDSHAKE), identity.publicKey, serial])
  stream.write(hello)
  const answer = await read(stream, KEY + SIGNATURE, options.signal)
  const peer = answer.subarray(0, KEY)
  check(peer, identity.publicKey, answer.subarray(KEY))
  if (options.peer !== undefined && Buffer.compare(peer, options.peer) !== 0)
    throw new Error('another node is at this address')
  stream.write(identity.sign(peer))
  return { peer, hello }
}

async function asServer(stream: ByteStream, identity: Identity, options: SecureOptions): Promise<Outcome> {
  const hello = await read(stream, 1 + KEY + SERIAL, options.signal)
  const peer = hello.subarray(1, 1 + KEY)
  stream.write(Buffer.concat([identity.publicKey, identity.sign(peer)]))
  check(peer, identity.publicKey, await read(stream, SIGNATURE, options.signal))
  return { peer, hello }
}

function check(peer: Uint8Array, challenge: Uint8Array, signature: Uint8Array): void {
  if (!verifyEd25519(peer, challenge, signature)) throw new Error('the other side did not prove its key')
}

/** Reads exactly `length` bytes; rejects when the stream ends before, or is aborted. */
function read(stream: ByteStream, length: number, signal?: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      stream.off('readable', readable).off('end', ended).off('close', ended)
      signal?.removeEventListener('abort', ended)
      settle()
    }
    const readable = () => {
      const bytes = stream.read(length) as Buffer | null
      if (bytes?.length === length) finish(() => resolve(new Uint8Array(bytes)))
    }
    const ended = () =>
      finish(() => reject(signal?.aborted ? (signal.reason as Error) : new Error('closed in the handshake')))
    stream.on('readable', readable).on('end', ended).on('close', ended)
    signal?.addEventListener('abort', ended)
    readable()
  })
}
