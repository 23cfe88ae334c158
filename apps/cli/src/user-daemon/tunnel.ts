import { systemReason } from '@p2pd/netif'
import { type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { CliError } from '../cli-error.ts'

/** A connection of the daemon that speaks another protocol from now on. */
export interface Tunnel {
  readonly socket: Socket
  readonly headers: IncomingMessage['headers']
}

/** Has the daemon speak another protocol at a path of the API. Fails with the code of the daemon's problem. RFC 9110 §7.8. */
export function openTunnel(socketPath: string, path: string, protocol: string): Promise<Tunnel> {
  return new Promise((resolve, reject) => {
    const asking = request({
      path,
      headers: { host: 'localhost', connection: 'Upgrade', upgrade: protocol },
      createConnection: () => connect({ path: socketPath, allowHalfOpen: true }),
    })
    asking.once('upgrade', ({ headers }: IncomingMessage, socket: Socket, head: Buffer) => {
      if (head.length > 0) socket.unshift(head)
      resolve({ socket, headers })
    })
    asking.once('response', (response: IncomingMessage) => {
      void text(response).then((body) => reject(refusal(path, response.statusCode, body)), reject)
    })
    asking.once('error', (cause) =>
      reject(new CliError('CLI_DAEMON', `the daemon can't be reached: ${systemReason(cause)}`, { cause })),
    )
    asking.end()
  })
}

function refusal(path: string, status: number | undefined, body: string): Error {
  const { detail, code } = problemOf(body)
  if (detail === undefined)
    return new CliError('CLI_DAEMON', `the daemon refuses a tunnel to ${path}: status ${status}`)
  return Object.assign(new CliError('CLI_DAEMON', detail), code !== undefined && { code })
}

/** RFC 9457 §3. */
function problemOf(body: string): { readonly detail?: string; readonly code?: string } {
  try {
    return JSON.parse(body) as object
  } catch {
    return {} // Another program listens at the socket.
  }
}
