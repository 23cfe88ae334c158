import { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { connect, createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import { NodeError } from '../node-error.ts'
import { formatNodeId } from '../identity/node-id.ts'
import {
  type DatagramCipher,
  PROTOCOLS,
  type Secure,
  type SecuredStream,
  type SecureOptions,
} from '../handshake/secure.ts'
import { createCertificate } from './certificate.ts'
import { datagramCipher } from './datagram-cipher.ts'
import { formatIdentity, type PrivateIdentity, rawPublicKey } from './identity.ts'

/** Bytes of an exported key: as many as SHA-256 gives. */
const KEY_LENGTH = 32

/**
 * Secures streams by TLS 1.3 with both certificates' keys pinned to node ids. Certificates carry keys and
 * nothing else: no authority is asked, no name compared, and TLS proves that each side holds its key. Fails with
 * `NODE_WRONG_PEER` when the other side proves another key or knows none of the versions. Other errors are `NODE_CLOSED`
 * when the other side closes, and those of TLS itself. RFC 8446 §4.4.3.
 */
export function tlsSecure(identity: PrivateIdentity): Secure {
  let context: SecureContext | undefined
  // Made for the first stream: a program that starts has a broker to reach before.
  const contextOnce = () =>
    (context ??= createSecureContext({
      cert: createCertificate(identity),
      key: formatIdentity(identity),
      minVersion: 'TLSv1.3',
    }))
  return async (stream, options) => {
    const shared = { secureContext: contextOnce(), rejectUnauthorized: false, ALPNProtocols: [...PROTOCOLS] }
    const socket =
      options.role === 'client'
        ? connect({ ...shared, socket: stream as Socket, checkServerIdentity: () => undefined })
        : new TLSSocket(stream as Socket, { ...shared, isServer: true, requestCert: true })
    try {
      return await handshake(socket, options)
    } catch (error) {
      stream.destroy() // The TLS socket may not have taken it over yet.
      throw error
    }
  }
}

function handshake(socket: TLSSocket, { role, peer, signal }: SecureOptions): Promise<SecuredStream> {
  return new Promise((resolve, reject) => {
    const secured = role === 'client' ? 'secureConnect' : 'secure'
    const finish = (error?: Error) => {
      socket.off(secured, check)
      socket.off('readable', notice)
      socket.off('end', closed)
      socket.off('close', closed)
      socket.off('error', finish)
      signal?.removeEventListener('abort', aborted)
      if (error === undefined) return
      socket.on('error', () => {}) // The connection was refused: later errors do not matter.
      socket.destroy()
      reject(error)
    }
    const aborted = () => finish(signal?.reason as Error)
    // A stream reports its end only to a reader, and there is none yet.
    const notice = () => void socket.read(0)
    const closed = () =>
      finish(new NodeError('NODE_CLOSED', 'the other side closed the connection during the TLS handshake'))
    const check = () => {
      const proved = provedKey(socket)
      const wrong = mistakeOf(socket, proved, peer)
      finish(wrong)
      if (wrong !== undefined || proved === undefined) return
      const exportKey = (label: string) => socket.exportKeyingMaterial(KEY_LENGTH, label, Buffer.alloc(0))
      resolve({ stream: socket, peer: proved, encrypted: true, exportKey, cipher: lazyCipher(socket, role) })
    }
    if (signal?.aborted) return aborted()
    socket.on(secured, check)
    socket.on('readable', notice)
    socket.on('end', closed)
    socket.on('close', closed)
    socket.on('error', finish)
    signal?.addEventListener('abort', aborted)
  })
}

/** Few connections have datagrams, so the keys are made for the first one. */
function lazyCipher(socket: TLSSocket, role: SecureOptions['role']): DatagramCipher {
  let made: DatagramCipher | undefined
  const cipher = () => (made ??= datagramCipher(socket, role))
  return {
    seal: (data) => cipher().seal(data),
    open: (data) => cipher().open(data),
    get overhead() {
      return cipher().overhead
    },
  }
}

function mistakeOf(
  socket: TLSSocket,
  proved: Uint8Array | undefined,
  expected: Uint8Array | undefined,
): NodeError | undefined {
  if (proved === undefined) return new NodeError('NODE_WRONG_PEER', 'the other side proved no Ed25519 key')
  if (expected !== undefined && Buffer.compare(proved, expected) !== 0) {
    return new NodeError('NODE_WRONG_PEER', `another node is at this address: ${formatNodeId(proved)}`)
  }
  if (!PROTOCOLS.some((protocol) => protocol === socket.alpnProtocol)) {
    return new NodeError('NODE_WRONG_PEER', `the other side does not speak ${PROTOCOLS.join(' or ')}`)
  }
  return undefined
}

function provedKey(socket: TLSSocket): Uint8Array | undefined {
  const { raw } = socket.getPeerCertificate() as { raw?: Buffer }
  if (raw === undefined) return undefined
  const { publicKey } = new X509Certificate(raw)
  return publicKey.asymmetricKeyType === 'ed25519' ? rawPublicKey(publicKey) : undefined
}
