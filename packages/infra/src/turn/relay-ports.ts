import type { Clock, Network, RandomBytes, UdpSocket } from '@p2pd/netif'

/** A port that nobody asks for within this time is free again. RFC 8656 §7.2. */
const RESERVED_MS = 30_000

/** Ports that are reserved at once: a user who never comes back for them holds no more. */
const MAX_RESERVED = 100

/** Tries to find an even port whose neighbour is free; each succeeds in about half of the cases. */
const MAX_TRIES = 30

const TOKEN_BYTES = 8

/** How the relayed port is to be chosen. RFC 8656 §18.5. */
export type PortWish = 'any' | 'even' | 'even-and-next'

/** A relayed port, with the token of the next one when that was reserved. */
export interface RelayPort {
  readonly socket: UdpSocket
  readonly token?: Uint8Array
}

/** Opens the UDP sockets of relays, and keeps reserved ones until their token comes. RFC 8656 §7.2. */
export class RelayPorts {
  readonly #network: Pick<Network, 'bindUdp'>
  readonly #clock: Clock
  readonly #random: RandomBytes
  readonly #reserved = new Map<string, { readonly socket: UdpSocket; readonly cancel: () => void }>()

  constructor(network: Pick<Network, 'bindUdp'>, clock: Clock, random: RandomBytes) {
    this.#network = network
    this.#clock = clock
    this.#random = random
  }

  /** Binds a port; rejects when none is free. */
  async bind(ip: string, wish: PortWish): Promise<RelayPort> {
    if (wish === 'any') return { socket: await this.#network.bindUdp({ local: { ip, port: 0 } }) }
    if (wish === 'even-and-next' && this.#reserved.size >= MAX_RESERVED)
      throw new Error('too many ports are reserved')
    const odd: UdpSocket[] = []
    try {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const socket = await this.#network.bindUdp({ local: { ip, port: 0 } })
        if (socket.local.port % 2 === 0) {
          if (wish === 'even') return { socket }
          const next = await this.#bindNext(ip, socket.local.port + 1)
          if (next) return { socket, token: this.#reserve(next) }
        }
        // Kept until the end, so that the system does not give the same port again.
        odd.push(socket)
      }
      throw new Error('no even port is free')
    } finally {
      for (const socket of odd) socket.close()
    }
  }

  /** The socket that was reserved under a token. */
  take(token: Uint8Array): UdpSocket | undefined {
    const key = token.join('.')
    const found = this.#reserved.get(key)
    this.#reserved.delete(key)
    found?.cancel()
    return found?.socket
  }

  close(): void {
    for (const { socket, cancel } of this.#reserved.values()) {
      cancel()
      socket.close()
    }
    this.#reserved.clear()
  }

  async #bindNext(ip: string, port: number): Promise<UdpSocket | undefined> {
    try {
      return await this.#network.bindUdp({ local: { ip, port } })
    } catch {
      return undefined // Another program has it.
    }
  }

  #reserve(socket: UdpSocket): Uint8Array {
    const token = this.#random(TOKEN_BYTES)
    const key = token.join('.')
    const cancel = this.#clock.at(this.#clock.now() + RESERVED_MS, () => {
      this.#reserved.delete(key)
      socket.close()
    })
    this.#reserved.set(key, { socket, cancel })
    return token
  }
}
