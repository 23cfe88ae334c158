import { PipeError, toPipeError } from '../pipe-error.ts'
import type { Pipe } from '../pipe.ts'
import type { StreamPorts } from '../ports.ts'
import type { TlsOptions } from './secure-stream.ts'
import { pipeFromStream } from './stream-pipe.ts'

/**
 * Wraps an open pipe in TLS, and returns the pipe that carries the plain text. It takes the stream of
 * `pipe`, which must have been left alone, or read by `recv` only. Rejects with `PIPE_TLS`, `PIPE_INVALID_ARGUMENT` for a
 * pipe that does not run over TCP, or `PIPE_UNSUPPORTED` without `secure`.
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
