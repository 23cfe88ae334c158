import { type Client, ClientError, createClient } from '@p2pd/client'
import { unixFetch } from '@p2pd/client/node'
import { socketPath } from '@p2pd/daemon/socket'
import { withDeadline } from '@p2pd/netif'
import { systemClock } from '@p2pd/netif/node'
import { NodeError } from '@p2pd/node'
import { defaultIdentityFile, loadIdentity, loadServers } from '@p2pd/node/node'
import { existsSync } from 'node:fs'
import { CliError } from '../cli-error.ts'
import type { Context } from '../context.ts'

/** The daemon of the user, whose node has the identity of the command. */
export interface UserDaemon {
  readonly client: Client
  /** Its Unix socket, or its named pipe. */
  readonly socket: string
  /** The id of the daemon's node. */
  readonly id: string
}

/** A daemon on this machine answers within milliseconds. */
const ANSWER_MS = 3000

/**
 * The running daemon whose node a command uses: callers of the identity reach that node. Undefined without a daemon, with
 * `--standalone`, and when the command has another identity. One that does not answer is reported, and not used. The same
 * goes for one that uses no broker of the user's servers file: peers on those brokers never meet it.
 */
export async function findDaemon(context: Context): Promise<UserDaemon | undefined> {
  const { env, identityFile, isStandalone, serversFile, output } = context
  if (isStandalone) return undefined
  const { mqtt } = serversFile === undefined ? { mqtt: [] } : await loadServers(serversFile)
  const socket = socketPath(env)
  const file = identityFile ?? defaultIdentityFile()
  if (!existsSync(file) || (process.platform !== 'win32' && !existsSync(socket))) return undefined
  const client = createClient({ fetch: unixFetch(socket) })
  try {
    const timedOut = () => new CliError('CLI_DAEMON', `the daemon at ${socket} does not answer`)
    const deadline = { clock: systemClock, timeoutMs: ANSWER_MS, timedOut }
    const [{ id }, brokers] = await withDeadline(deadline, (signal) =>
      Promise.all([
        client.request('get /v1/node', { signal }),
        client.request('get /v1/brokers', { signal }),
      ]),
    )
    if (id !== (await loadIdentity(file)).id) return undefined
    const used = new Set(brokers.items.map(({ url }) => new URL(url).host))
    if (mqtt.length === 0 || mqtt.some((url) => used.has(new URL(url).host))) return { client, socket, id }
    output.error(`the command starts a separate node: your daemon uses no broker of ${serversFile}`)
    return undefined
  } catch (error) {
    // Nobody listens: a killed daemon has left its socket.
    if (error instanceof ClientError && error.code === 'CLIENT_UNREACHABLE') return undefined
    output.error(`the command starts a separate node: ${(error as Error).message}`)
    return undefined
  }
}

/** A failure of the daemon as the library would have reported it: with its code, and with the attempts of a call. */
export function asOwnFailure(error: unknown): unknown {
  if (!(error instanceof ClientError) || error.problem === undefined) return error
  const { code, detail, report = [] } = error.problem
  const options = { cause: error, report: report as NodeError['report'] }
  if (code.startsWith('NODE_')) return new NodeError(code as NodeError['code'], detail, options)
  return Object.assign(new CliError('CLI_DAEMON', detail, { cause: error }), { code })
}
