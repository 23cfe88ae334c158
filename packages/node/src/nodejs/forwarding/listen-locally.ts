import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmod, lstat, unlink } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { NodeError } from '../../node-error.ts'
import type { SessionStream } from '../../runtime/session.ts'
import type { Endpoint } from './endpoint.ts'
import { joinAccepted, resetSocket } from './join-streams.ts'
import { type FlowOptions, UdpFlows } from './udp-flows.ts'

/** A local port or socket that takes connections for a peer. */
export interface LocalListener {
  /** The endpoint; a port that the system has chosen is in it. */
  readonly local: Endpoint
  close(): void
}

/** Read and write for the owner, nothing for anyone else. */
const OWNER_ONLY = 0o600
/** The rest, which the mask of the process takes from a new socket. */
const OTHERS = 0o177

/**
 * Listens at an endpoint of this host and joins each connection to a stream that `open` gives. Without a stream the
 * connection is reset at once: the peer is away. Fails with the
 * error of the system, such as `EADDRINUSE` or `EACCES`. The stale socket of a program that was
 * killed is replaced.
 */
export async function listenLocally(
  endpoint: Endpoint,
  open: () => SessionStream | undefined,
  flows: FlowOptions = {},
): Promise<LocalListener> {
  if (endpoint.type === 'udp') return listenUdp(endpoint, open, flows)
  return listenForConnections(endpoint, (socket) => {
    const stream = open()
    if (stream !== undefined) return joinAccepted(socket, stream)
    socket.on('error', () => {}) // It is reset.
    resetSocket(socket)
  })
}

/** Listens at a TCP port or a Unix socket. Fails as `listenLocally` does, and with `NODE_BAD_OPTION` for a UDP port. */
export async function listenForConnections(
  endpoint: Endpoint,
  onConnection: (socket: Socket) => void,
): Promise<LocalListener> {
  if (endpoint.type === 'udp') throw new NodeError('NODE_BAD_OPTION', 'a UDP port takes no connections')
  const server = createServer({ allowHalfOpen: true, noDelay: true }, onConnection)
  if (endpoint.type === 'unix') {
    await removeStale(endpoint.path)
    await listeningForOwner(server, endpoint.path)
    return { local: endpoint, close: () => server.close() }
  }
  await listening(server, { host: endpoint.host, port: endpoint.port })
  const { port } = server.address() as { port: number }
  return { local: { ...endpoint, port }, close: () => server.close() }
}

async function listening(
  server: Server,
  where: { path: string } | { host: string; port: number },
  listen = (bind: () => void) => bind(),
): Promise<void> {
  listen(() => server.listen(where))
  await once(server, 'listening')
  server.on('error', () => {}) // One connection could not be accepted; the next ones may.
}

/** Listens on a Unix socket that nobody else may use. */
async function listeningForOwner(server: Server, path: string): Promise<void> {
  // Most programs that load this never listen on one, and the module takes a millisecond.
  const { isMainThread } = await import('node:worker_threads')
  if (isMainThread) return listening(server, { path }, withMask)
  // A worker thread cannot set the mask of its process.
  await listening(server, { path })
  await chmod(path, OWNER_ONLY)
}

/** Others get no moment in which the socket is open to them: Node.js binds it within the call of `listen`. */
function withMask(bind: () => void): void {
  const before = process.umask(OTHERS)
  try {
    bind()
  } finally {
    process.umask(before)
  }
}

async function listenUdp(
  endpoint: Endpoint & { type: 'udp' | 'tcp' },
  open: () => SessionStream | undefined,
  options: FlowOptions,
) {
  const { host } = endpoint
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  socket.bind(endpoint.port, host)
  await once(socket, 'listening')
  const flows = new UdpFlows(socket, open, options)
  return { local: { ...endpoint, port: socket.address().port }, close: () => flows.close() }
}

/** Removes a socket that nobody listens at any more; anything else stays, and `listen` fails. */
async function removeStale(path: string): Promise<void> {
  const isSocket = await lstat(path).then(
    (entry) => entry.isSocket(),
    () => false,
  )
  if (!isSocket) return
  const isAlive = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => resolve(true)).on('error', () => resolve(false))
    probe.on('connect', () => probe.destroy())
  })
  if (!isAlive) await unlink(path)
}
