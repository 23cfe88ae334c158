import type { TcpConnection, TcpListener, TransportAddress } from '@p2pd/netif'

/** A listening port of a virtual host. */
export class VirtualTcpListener implements TcpListener {
  readonly local: TransportAddress
  readonly #onClose: () => void
  readonly #listeners = new Set<(connection: TcpConnection) => void>()

  constructor(local: TransportAddress, onClose: () => void) {
    this.local = local
    this.#onClose = onClose
  }

  /** Gives a connection to the listener; without one the connection closes. */
  offer(connection: TcpConnection): void {
    if (this.#listeners.size === 0) connection.stream.destroy()
    for (const listener of this.#listeners) listener(connection)
  }

  onConnection(listener: (connection: TcpConnection) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#listeners.clear()
    this.#onClose()
  }
}
