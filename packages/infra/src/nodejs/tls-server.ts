import { createSecureContext, TLSSocket } from 'node:tls'
import type { Socket } from 'node:net'
import type { ByteStream } from '@p2pd/netif'

/** The certificate of a server and its key, PEM. */
export interface TlsCertificate {
  readonly cert: string
  readonly key: string
}

/** The first byte of a TLS handshake; no STUN message and no ChannelData begins with it. RFC 8446 §5.1, RFC 7983 §7. */
const HANDSHAKE = 22

/** Gives the stream of a connection as soon as its first byte shows whether that is TLS: as it is, or decrypted. */
export type OpenTls = (stream: ByteStream, opened: (stream: ByteStream) => void) => void

/** Serves TLS and plain TCP on one port, as coturn does. RFC 8489 §6.2.3, RFC 8656 §3.1. */
export function tlsOpener({ cert, key }: TlsCertificate): OpenTls {
  const secureContext = createSecureContext({ cert, key, minVersion: 'TLSv1.2' })
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
