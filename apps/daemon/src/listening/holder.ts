import { request, type RequestOptions } from 'node:http'
import { DaemonError } from '../daemon-error.ts'
import { isAnswering } from './listen-unix.ts'

/** How long a daemon may take to say who it is. */
const ANSWER_MS = 1000

/** Where a daemon may listen: a Unix socket, or an address and a port. */
export type Listening = Pick<RequestOptions, 'socketPath' | 'host' | 'port'>

/**
 * Makes sure that no daemon answers on a socket. `startDaemon` does so itself; a program that asks before it starts a node
 * spares the user what that node reports. Fails with `DAEMON_RUNNING`, which names the holder.
 */
export async function checkNoDaemon(socket: string): Promise<void> {
  if (!(await isAnswering(socket))) return
  const holder = (await describeHolder({ socketPath: socket })) ?? 'which does not say who it is'
  throw new DaemonError('DAEMON_RUNNING', `another daemon holds ${socket}: ${holder}`)
}

/** Asks the daemon that listens there who it is: `pid 4711, http://127.0.0.1:12333`. */
export function describeHolder(listening: Listening): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asking = request({ ...listening, path: '/v1/node', timeout: ANSWER_MS }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      response.on('end', () => resolve(formatHolder(text)))
    })
    asking.on('timeout', () => asking.destroy(new Error('no answer')))
    asking.on('error', () => resolve(undefined))
    asking.end()
  })
}

function formatHolder(text: string): string | undefined {
  try {
    const { pid, url } = JSON.parse(text) as { pid?: number; url?: string }
    return pid === undefined ? undefined : `pid ${pid}, ${url}`
  } catch {
    return undefined // Another program, or a daemon of another version.
  }
}
