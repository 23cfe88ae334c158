import type { ByteStream } from '@p2pd/netif'

/** The identity that TLS expects of the peer, and the identity that it shows. RFC 8446. */
export interface TlsOptions {
  /** Private key and certificate chain, PEM. A server needs both. @default none */
  readonly key?: string | Uint8Array
  readonly cert?: string | Uint8Array
  /** Certificates to trust, PEM. @default the system's */
  readonly ca?: string | Uint8Array
  /** The name the server's certificate must have, and SNI. RFC 6066 §3. @default `dest`'s host */
  readonly serverName?: string
  /** Whether a client checks the server's certificate. @default true */
  readonly verify?: boolean
  /** Protocols in order of preference. RFC 7301. @default none */
  readonly alpn?: readonly string[]
}

/** Runs TLS over a stream. The real one is in `@p2pd/pipe/node`; `signal` ends a handshake that hangs. */
export type SecureStream = (
  stream: ByteStream,
  role: 'client' | 'server',
  options: TlsOptions,
  signal?: AbortSignal,
) => Promise<ByteStream>
