import type { FastifyRequest } from 'fastify'
import type { DaemonContext } from '../daemon-context.ts'
import { DaemonError } from '../daemon-error.ts'

/**
 * Refuses a request that did not come over the Unix socket. Paths of the file system are for the owner of the daemon alone:
 * other users of the host reach its TCP port. Throws `DAEMON_OWNER_ONLY`.
 */
export function ownerOnly(
  request: FastifyRequest,
  { trusts }: Pick<DaemonContext, 'trusts'>,
  what: string,
): void {
  if (trusts(request.raw.socket)) return
  throw new DaemonError('DAEMON_OWNER_ONLY', `${what} can be named over the Unix socket of the daemon alone`)
}
