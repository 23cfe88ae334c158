import type { TransportAddress, UdpSocket } from '@p2pd/netif'

/** A socket after its punch. It hides the last packets of the punch. */
export class PunchedSocket implements UdpSocket {
  readonly #socket: UdpSocket
  readonly #isPunching: (data: Uint8Array) => boolean
  readonly #onClose: () => void

  constructor(socket: UdpSocket, isPunching: (data: Uint8Array) => boolean, onClose: () => void) {
    this.#socket = socket
    this.#isPunching = isPunching
    this.#onClose = onClose
  }

  get local(): TransportAddress {
    return this.#socket.local
  }

  send(data: Uint8Array, to: TransportAddress, ttl?: number): void {
    this.#socket.send(data, to, ttl)
  }

  onMessage(listener: (data: Uint8Array, from: TransportAddress) => void): () => void {
    return this.#socket.onMessage((data, from) => {
      if (!this.#isPunching(data)) listener(data, from)
    })
  }

  close(): void {
    this.#onClose()
    this.#socket.close()
  }
}
