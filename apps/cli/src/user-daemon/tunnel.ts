import { systemReason } from '@p2pd/netif'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { CliError } from '../cli-error.ts'

/** The bytes of a pipe of the daemon, both ways, with an end of their own each. RFC 9110 §7.8. */
export function openTunnel(socketPath: string, name: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const asking = request({
      path: `/p2p/pipe/${encodeURIComponent(name)}`,
      headers: { host: 'localhost', connection: 'Upgrade', upgrade: 'p2pd' },
      createConnection: () => connect({ path: socketPath, allowHalfOpen: true }),
    })
    asking.once('upgrade', (_, socket: Socket, head: Buffer) => {
      if (head.length > 0) socket.unshift(head)
      resolve(socket)
    })
    asking.once('response', ({ statusCode }) =>
      reject(new CliError('CLI_DAEMON', `the daemon refuses a tunnel to "${name}": status ${statusCode}`)),
    )
    asking.once('error', (cause) =>
      reject(new CliError('CLI_DAEMON', `the daemon can't be reached: ${systemReason(cause)}`, { cause })),
    )
    asking.end()
  })
}
