import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { Socket } from 'node:net'
import type { ByteStream } from '@p2pd/netif'
import { InfraError } from '../infra-error.ts'

/** The certificate of a server and its key, PEM. */
export interface TlsCertificate {
  readonly cert: string
  readonly key: string
}

/** The first byte of a TLS handshake; no STUN message and no ChannelData begins with it. RFC 8446 §5.1, RFC 7983 §7. */
const HANDSHAKE = 22

/** Gives the stream of a connection as soon as its first byte shows whether that is TLS: as it is, or decrypted. */
export type OpenTls = (stream: ByteStream, opened: (stream: ByteStream) => void) => void

/**
 * Serves TLS and plain TCP on one port, as coturn does. Throws `INFRA_INVALID_ARGUMENT` for a certificate or a key that
 * cannot be used, and for two that do not belong together. RFC 8489 §6.2.3, RFC 8656 §3.1.
 */
export function tlsOpener(tls: TlsCertificate): OpenTls {
  const secureContext = secureContextOf(tls)
  return (stream, opened) => {
    stream.once('readable', () => {
      const first = stream.read() as Buffer | null
      if (first === null) return void stream.destroy()
      stream.unshift(first)
      if (first[0] !== HANDSHAKE) return opened(stream)
      const secured = new TLSSocket(stream as Socket, { isServer: true, secureContext })
      secured.on('error', () => stream.destroy()) // A client without TLS, or one that trusts others.
      secured.once('close', () => stream.destroy())
      opened(secured)
    })
  }
}

/** The hosts that a certificate is for: names, and IP addresses. A pattern names none. RFC 5280 §4.2.1.6. */
export function hostsOf({ cert }: TlsCertificate): string[] {
  const names = usable('the certificate', () => new X509Certificate(cert)).subjectAltName ?? ''
  return names.split(', ').flatMap((entry) => {
    const [, host] = /^(?:DNS|IP Address):([\w.:-]+)$/.exec(entry) ?? []
    return host === undefined ? [] : [host]
  })
}

/** OpenSSL takes a certificate and a key of different types, and then no client can connect; so the pair is checked. */
function secureContextOf({ cert, key }: TlsCertificate) {
  const certificate = usable('the certificate', () => new X509Certificate(cert))
  const privateKey = usable('the key', () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey)) throw invalid('the key is not that of the certificate')
  return usable('certificate and key', () => createSecureContext({ cert, key, minVersion: 'TLSv1.2' }))
}

function usable<Value>(what: string, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    throw invalid(`${what} cannot be used: ${(error as Error).message}`, error)
  }
}

function invalid(fault: string, cause?: unknown): InfraError {
  return new InfraError(
    'INFRA_INVALID_ARGUMENT',
    `TLS: ${fault}; give PEM texts, the key without a passphrase`,
    {
      cause,
    },
  )
}
