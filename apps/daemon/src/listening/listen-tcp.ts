import type { AddressInfo, Server } from 'node:net'
import { DaemonError } from '../daemon-error.ts'

/** Listens on a TCP port; returns the port. Fails with `DAEMON_LISTEN`. */
export function listenTcp(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'EADDRINUSE' ? 'another program listens there: choose another --port' : cause.message
      reject(new DaemonError('DAEMON_LISTEN', `cannot listen on ${host}, port ${port}: ${why}`, { cause }))
    }
    server.once('error', fail)
    server.listen({ host, port }, () => {
      server.off('error', fail)
      resolve((server.address() as AddressInfo).port)
    })
  })
}
