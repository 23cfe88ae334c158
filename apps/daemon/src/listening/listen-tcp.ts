import type { AddressInfo, Server } from 'node:net'
import { DaemonError } from '../daemon-error.ts'
import { describeHolder } from './holder.ts'

/** Listens on a TCP port; returns the port. Fails with `DAEMON_LISTEN`, which names another daemon that holds the port. */
export async function listenTcp(server: Server, place: { host: string; port: number }): Promise<number> {
  const { host, port } = place
  try {
    return await listening(server, place)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why = code === 'EADDRINUSE' ? `${await nameHolder(place)}: choose another --port` : message
    throw new DaemonError('DAEMON_LISTEN', `cannot listen on ${host}, port ${port}: ${why}`, { cause })
  }
}

async function nameHolder(place: { host: string; port: number }): Promise<string> {
  const holder = await describeHolder(place)
  return holder === undefined ? 'another program listens there' : `another daemon listens there (${holder})`
}

function listening(server: Server, place: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(place, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}
