import { createServer, type Server, type Socket } from 'node:net'
import type { BindOptions } from '../../network.ts'
import type { TcpConnection, TcpListener } from '../../tcp.ts'
import { familyOf } from '../../ip/family.ts'
import { formatTransportAddress, type TransportAddress } from '../../ip/transport-address.ts'
import { translateOsError } from './os-error.ts'
import { sourceAddress } from './source-address.ts'
import { discard, toConnection } from './tcp-connection.ts'

/**
 * Connections the kernel may hold before Node takes them; Linux cuts it to net.core.somaxconn, which
 * is 4096 since 5.4.
 */
const BACKLOG = 4096

/** Listens on a port that no other socket listens on; IPv6 ones take no IPv4 connections. */
export async function listenTcp(options: BindOptions): Promise<TcpListener> {
  const local = sourceAddress(options)
  // Half-open, so that the end of the peer's data does not end ours (RFC 9293 §3.6).
  const server = createServer({ allowHalfOpen: true, noDelay: true })
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) =>
      reject(translateOsError(error, `listen on ${formatTransportAddress(local)}`))
    server.once('error', fail)
    const ipv6Only = familyOf(local.ip) === 'IPv6'
    server.listen({ host: local.ip, port: local.port, backlog: BACKLOG, exclusive: true, ipv6Only }, () => {
      server.off('error', fail)
      resolve(new NodeTcpListener(server))
    })
  })
}

class NodeTcpListener implements TcpListener {
  readonly local: TransportAddress
  readonly #server: Server
  readonly #listeners = new Set<(connection: TcpConnection) => void>()
  #closed: Promise<void> | undefined

  constructor(server: Server) {
    this.#server = server
    const { address, port } = server.address() as { address: string; port: number }
    this.local = { ip: address, port }
    server.on('connection', (socket) => this.#accept(socket))
    // No descriptors left: the connection is lost, the listener goes on.
    server.on('error', () => {})
  }

  onConnection(listener: (connection: TcpConnection) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves when the port is free; Node's own callback would wait for the connections as well. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#server.close()
      // The handle is closed in the next turn of the event loop.
      setImmediate(resolve)
    })
    return this.#closed
  }

  #accept(socket: Socket): void {
    if (this.#listeners.size === 0) return discard(socket)
    const connection = toConnection(socket)
    if (connection === undefined) return discard(socket)
    for (const listener of this.#listeners) listener(connection)
  }
}
