import { formatEndpoint, type ServedEndpoint } from '@p2pd/node/node'
import { resolve } from 'node:path'
import { CliError } from '../cli-error.ts'
import { announceWaiting } from '../commands/services/announce-waiting.ts'
import { type Context, untilInterrupted } from '../context.ts'
import { follow } from './daemon-pipe.ts'
import { asOwnFailure, type UserDaemon } from './find-daemon.ts'

/** Offers services by the node of the daemon until the user ends the command, or the daemon ends. */
export async function serveByDaemon(
  context: Context,
  daemon: UserDaemon,
  served: readonly ServedEndpoint[],
  {
    allow,
    onServing,
  }: { readonly allow: readonly string[]; readonly onServing: (one: ServedEndpoint) => void },
): Promise<void> {
  const { client } = daemon
  const offered: string[] = []
  const over = new AbortController()
  try {
    for (const one of served) {
      const { name } = one
      await client.request('put /v1/services/{name}', {
        path: { name },
        body: { to: absolute(one), allow: [...allow] },
      })
      offered.push(name)
      onServing(one)
    }
    const ended = follow(daemon, over.signal, (event) => {
      if (event.type !== 'waiting') return
      const { peer, service } = event['caller'] as { peer: string; service: string }
      if (offered.includes(service)) announceWaiting(context, peer, service)
    })
    await Promise.race([ended, untilInterrupted(context.interrupted)])
    if (!context.interrupted.aborted)
      throw new CliError('CLI_DAEMON', 'the daemon has ended, and its services with it')
  } catch (error) {
    throw asOwnFailure(error)
  } finally {
    over.abort()
    for (const name of offered)
      await client.request('delete /v1/services/{name}', { path: { name } }).catch(() => {}) // It is gone already.
  }
}

/** The daemon has another working directory. */
function absolute({ endpoint }: ServedEndpoint): string {
  return formatEndpoint(endpoint.type === 'unix' ? { ...endpoint, path: resolve(endpoint.path) } : endpoint)
}
