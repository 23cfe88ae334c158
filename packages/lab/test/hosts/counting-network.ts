import type { Network } from '@p2pd/netif'

/** A network that counts its open sockets and the dials to each remote address. */
export class CountingNetwork {
  open = 0
  readonly dials: { readonly at: number; readonly port: number }[] = []
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** Counts for a further host. */
  wrap(network: Network): Network {
    return {
      interfaces: () => network.interfaces(),
      resolve: (host, options) => network.resolve(host, options),
      bindUdp: async (options) => {
        const socket = await network.bindUdp(options)
        this.open++
        let closed = false
        const close = () => {
          if (!closed) this.open--
          closed = true
          socket.close()
        }
        const { local } = socket
        return {
          local,
          send: (data, to) => socket.send(data, to),
          onMessage: (listener) => socket.onMessage(listener),
          close,
        }
      },
      dial: async (options) => {
        this.dials.push({ at: this.#now(), port: options.remote.port })
        this.open++
        try {
          const connection = await network.dial(options)
          connection.stream.once('close', () => this.open--)
          return connection
        } catch (error) {
          this.open--
          throw error
        }
      },
      listenTcp: async (options) => {
        const listener = await network.listenTcp(options)
        this.open++
        const { local } = listener
        let closed = false
        const close = () => {
          if (!closed) this.open--
          closed = true
          return listener.close()
        }
        return {
          local,
          close,
          onConnection: (accept) =>
            listener.onConnection((connection) => {
              this.open++
              connection.stream.once('close', () => this.open--)
              accept(connection)
            }),
        }
      },
    }
  }
}
