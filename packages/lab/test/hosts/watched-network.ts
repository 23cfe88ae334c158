import type { Network, TcpConnection } from '@p2pd/netif'

/** Watches a host: sent UDP packets, TCP dials, and the sockets open at one time. */
export class WatchedNetwork {
  /** The times of sent UDP packets and TCP dials. */
  readonly sentAt: number[] = []
  mostSockets = 0
  readonly #now: () => number
  readonly #streams = new Set<TcpConnection['stream']>()
  #others = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** Sockets open now: UDP ones, dials under way, connections and listeners. */
  get open(): number {
    for (const stream of this.#streams) if (stream.destroyed) this.#streams.delete(stream)
    return this.#others + this.#streams.size
  }

  /** The largest number of packets in one second. */
  get mostPerSecond(): number {
    const counts = this.sentAt.map((at) => this.sentAt.filter((one) => one >= at && one < at + 1000).length)
    return Math.max(0, ...counts)
  }

  watch(network: Network): Network {
    return {
      interfaces: () => network.interfaces(),
      resolve: (host, options) => network.resolve(host, options),
      bindUdp: async (options) => {
        const socket = await network.bindUdp(options)
        this.#opened()
        return {
          local: socket.local,
          onMessage: (listener) => socket.onMessage(listener),
          send: (data, to) => {
            this.sentAt.push(this.#now())
            socket.send(data, to)
          },
          close: () => {
            this.#others--
            socket.close()
          },
        }
      },
      dial: async (options) => {
        this.sentAt.push(this.#now())
        this.#opened()
        try {
          const connection = await network.dial(options)
          this.#streams.add(connection.stream)
          return connection
        } finally {
          this.#others--
        }
      },
      listenTcp: async (options) => {
        const listener = await network.listenTcp(options)
        this.#opened()
        return {
          local: listener.local,
          onConnection: (accept) => listener.onConnection(accept),
          close: () => {
            this.#others--
            return listener.close()
          },
        }
      },
    }
  }

  #opened(): void {
    this.#others++
    this.mostSockets = Math.max(this.mostSockets, this.open)
  }
}
