import { systemReason } from '@p2pd/netif'
import { makeFolders } from '@p2pd/netif/node'
import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { connect, type Server } from 'node:net'
import { dirname } from 'node:path'
import { DaemonError } from '../daemon-error.ts'

const OWNER_ONLY = 0o600
const OWNER_ONLY_FOLDER = 0o700
const OTHERS = 0o077
/** The longest path on macOS, less the final zero; Linux takes four bytes more. */
const MAX_PATH_BYTES = 103

/**
 * Listens on a Unix socket that nobody else can open. A socket that a killed daemon has left is replaced. Fails with
 * `DAEMON_RUNNING` when another daemon answers, and with `DAEMON_SOCKET`.
 */
export async function listenUnix(server: Server, path: string): Promise<void> {
  try {
    if (process.platform !== 'win32') preparePath(path)
    if (await isAnswering(path)) throw new DaemonError('DAEMON_RUNNING', `another daemon listens on ${path}`)
    if (process.platform !== 'win32' && lstatSync(path, { throwIfNoEntry: false })?.isSocket())
      unlinkSync(path)
    await listening(server, path)
    if (process.platform !== 'win32') chmodSync(path, OWNER_ONLY)
  } catch (error) {
    if (error instanceof DaemonError) throw error
    throw new DaemonError('DAEMON_SOCKET', `cannot listen on ${path}: ${systemReason(error)}`, {
      cause: error,
    })
  }
}

function preparePath(path: string): void {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new DaemonError(
      'DAEMON_SOCKET',
      `${path} has more than ${MAX_PATH_BYTES} bytes: name a shorter folder`,
    )
  }
  const folder = dirname(path)
  makeFolders(folder, OWNER_ONLY_FOLDER)
  if ((lstatSync(folder).mode & OTHERS) !== 0) chmodSync(folder, OWNER_ONLY_FOLDER)
}

/** Whether a program accepts connections there. */
export function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
