import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import {
  type DialOptions,
  formatTransportAddress,
  type TcpConnection,
  type TcpDialer,
  systemReason,
} from '@p2pd/netif'
import { StunError } from '../stun-error.ts'

/** How the server authenticates. */
export interface TlsDialerOptions {
  /** Name or address that the certificate must carry: the host of a `stuns:` URI. RFC 8489 §6.2.3. */
  readonly serverName: string
  /** Authorities to trust, PEM. @default those of Node */
  readonly ca?: string
}

/** Wraps a dialer so that its connections use TLS, for `stuns:` servers. A dial throws `STUN_TLS`. RFC 8489 §6.2.3. */
export function tlsDialer(dialer: TcpDialer, options: TlsDialerOptions): TcpDialer {
  return {
    async dial(dialOptions: DialOptions): Promise<TcpConnection> {
      const connection = await dialer.dial(dialOptions)
      const stream = await handshake(connection, options, dialOptions.signal)
      return { local: connection.local, remote: connection.remote, stream }
    },
  }
}

function handshake(
  { stream, remote }: TcpConnection,
  { serverName, ca }: TlsDialerOptions,
  signal?: AbortSignal,
): Promise<TLSSocket> {
  const socket = connect({
    socket: stream,
    host: serverName,
    minVersion: 'TLSv1.2', // RFC 8489 §6.2.3
    ...(isIP(serverName) === 0 && { servername: serverName }), // RFC 6066 §3: no literal addresses
    ...(ca !== undefined && { ca }),
  })
  return new Promise((resolve, reject) => {
    const settle = () => {
      signal?.removeEventListener('abort', onAbort)
      socket.off('secureConnect', onSecure).off('error', onError)
    }
    const fail = (error: unknown) => {
      settle()
      socket.on('error', () => {}) // what follows from our own closing
      socket.destroy()
      stream.destroy()
      reject(error)
    }
    const onAbort = () => fail(signal?.reason)
    const onError = (cause: Error) =>
      fail(
        new StunError('STUN_TLS', `TLS with ${formatTransportAddress(remote)}: ${systemReason(cause)}`, {
          cause,
        }),
      )
    const onSecure = () => {
      settle()
      resolve(socket)
    }
    socket.on('secureConnect', onSecure).on('error', onError)
    if (signal?.aborted) return onAbort()
    signal?.addEventListener('abort', onAbort)
  })
}
