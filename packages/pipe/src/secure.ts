import type { ByteStream } from '@p2pd/netif'
import { PipeError, toPipeError } from './pipe-error.ts'
import type { Pipe } from './pipe.ts'
import type { StreamPorts } from './ports.ts'
import { pipeFromStream } from './stream-pipe.ts'

/** Who TLS takes the peer for, and what it shows of itself. RFC 8446. */
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

/**
 * Wraps an open pipe in TLS, and returns the pipe that carries the plain text. It takes the stream of
 * `pipe`, which must have been left alone, or read by `recv` only.
 */
export async function securePipe(
  pipe: Pipe,
  role: 'client' | 'server',
  { tls = {}, signal }: { readonly tls?: TlsOptions; readonly signal?: AbortSignal },
  { secure, clock }: StreamPorts,
): Promise<Pipe> {
  if (secure === undefined) throw new PipeError('PIPE_UNSUPPORTED', 'TLS: no `secure` was handed in')
  if (pipe.transport !== 'tcp' || pipe.remote === undefined) {
    throw new PipeError('PIPE_INVALID_ARGUMENT', `TLS runs over TCP, not over ${pipe.transport}`)
  }
  const { local, remote } = pipe
  const stream = pipe.stream
  try {
    const secured = await secure(stream, role, tls, signal)
    return pipeFromStream(secured, { transport: 'tls', local, remote, clock })
  } catch (error) {
    stream.destroy()
    throw toPipeError(error, 'agree on TLS')
  }
}
