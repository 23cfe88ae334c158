import {
  type BindOptions,
  type Clock,
  type DialOptions,
  type Interface,
  kindOf,
  NetifError,
  type Network,
  splitZone,
  type TcpConnection,
  type TcpListener,
  type TransportAddress,
  type UdpSocket,
} from '@p2pd/netif'
import type { PortmapPorts } from '../gateway/mapping-request.ts'
import { streamPair } from './memory-stream.ts'

/** A one-way trip on a LAN. */
const LATENCY_MS = 1
const FIRST_EPHEMERAL_PORT = 49_152

interface MemorySocket {
  readonly host: string
  readonly local: TransportAddress
  readonly listeners: Set<(data: Uint8Array, from: TransportAddress) => void>
}

interface MemoryListener {
  readonly host: string
  readonly local: TransportAddress
  readonly listeners: Set<(connection: TcpConnection) => void>
}

/** A link without losses, in one process and in the clock's time: enough for hosts and the gateways next to them. */
export class MemoryLan {
  readonly clock: Clock
  /** Every datagram that was sent, for tests that count. */
  readonly sent: {
    readonly from: TransportAddress
    readonly to: TransportAddress
    readonly data: Uint8Array
  }[] = []
  /** Whether hosts say by ICMP that a port is closed; firewalls drop such datagrams instead. */
  tellsOfClosedPorts = true
  readonly #hosts = new Map<string, readonly string[]>()
  readonly #sockets = new Set<MemorySocket>()
  readonly #listeners = new Set<MemoryListener>()
  #nextPort = FIRST_EPHEMERAL_PORT

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Sockets and listeners that are open, for tests that look for leaks. */
  get open(): number {
    return this.#sockets.size + this.#listeners.size
  }

  /** A host with these addresses; a NIC's record is what `interfaces` gives. */
  host(name: string, addresses: readonly string[], nics: readonly Interface[] = []): Network {
    this.#hosts.set(name, addresses)
    return {
      interfaces: () => Promise.resolve(nics),
      resolve: (host) => Promise.resolve([host]),
      bindUdp: (options) => Promise.resolve(this.#bindUdp(name, options)),
      listenTcp: (options) => Promise.resolve(this.#listen(name, options)),
      dial: (options) => this.#dial(name, options),
    }
  }

  /** A host's sockets to one address, which hear of closed ports. */
  connectUdp(name: string): NonNullable<PortmapPorts['connectUdp']> {
    return ({ local, remote }) => {
      const socket = this.#bindUdp(name, { local })
      const refused = new Set<() => void>()
      const send: UdpSocket['send'] = (data, to) => {
        socket.send(data, to)
        this.clock.at(this.clock.now() + 2 * LATENCY_MS, () => {
          if (this.#refuses(remote)) for (const listener of refused) listener()
        })
      }
      const onRefused = (listener: () => void) => {
        refused.add(listener)
        return () => refused.delete(listener)
      }
      return Promise.resolve({ ...socket, send, onRefused })
    }
  }

  /** Whether a host is there and none of its sockets has the port. */
  #refuses({ ip, port }: TransportAddress): boolean {
    const exists = [...this.#hosts.values()].some((addresses) => addresses.includes(ip))
    return (
      this.tellsOfClosedPorts &&
      exists &&
      ![...this.#sockets].some(({ local }) => local.ip === ip && local.port === port)
    )
  }

  #bindUdp(host: string, { local }: BindOptions): UdpSocket {
    const address = { ip: splitZone(local.ip).ip, port: local.port || this.#nextPort++ }
    const taken = [...this.#sockets].some((other) => {
      return other.host === host && other.local.port === address.port && other.local.ip === address.ip
    })
    if (taken) throw new NetifError('NETIF_ADDRESS_IN_USE', `port ${address.port} is taken`)
    const socket: MemorySocket = { host, local: address, listeners: new Set() }
    this.#sockets.add(socket)
    return {
      local: address,
      send: (data, to) => {
        if (this.#sockets.has(socket)) this.#send(socket, data, to)
      },
      onMessage: (listener) => {
        socket.listeners.add(listener)
        return () => socket.listeners.delete(listener)
      },
      close: () => void this.#sockets.delete(socket),
    }
  }

  #send(from: MemorySocket, data: Uint8Array, to: TransportAddress): void {
    this.sent.push({ from: from.local, to, data })
    const bare = splitZone(to.ip).ip
    const multicast = kindOf(bare) === 'multicast'
    this.clock.at(this.clock.now() + LATENCY_MS, () => {
      for (const socket of [...this.#sockets]) {
        const reached = multicast
          ? socket.host !== from.host
          : socket.local.ip === bare || (isAny(socket.local.ip) && this.#owns(socket.host, bare))
        if (!reached || socket.local.port !== to.port) continue
        for (const listener of [...socket.listeners]) listener(data, from.local)
      }
    })
  }

  #owns(host: string, ip: string): boolean {
    return this.#hosts.get(host)?.includes(ip) === true
  }

  #listen(host: string, { local }: BindOptions): TcpListener {
    const listener: MemoryListener = {
      host,
      local: { ip: local.ip, port: local.port || this.#nextPort++ },
      listeners: new Set(),
    }
    this.#listeners.add(listener)
    return {
      local: listener.local,
      onConnection: (listen) => {
        listener.listeners.add(listen)
        return () => listener.listeners.delete(listen)
      },
      close: () => {
        this.#listeners.delete(listener)
        return Promise.resolve()
      },
    }
  }

  #dial(host: string, { remote, local, signal }: DialOptions): Promise<TcpConnection> {
    const bare = splitZone(remote.ip).ip
    return new Promise((resolve, reject) => {
      const abort = () => reject(new NetifError('NETIF_ABORTED', `gave up: connect to ${bare}`))
      if (signal?.aborted) return abort()
      signal?.addEventListener('abort', abort)
      this.clock.at(this.clock.now() + 2 * LATENCY_MS, () => {
        const exists = [...this.#hosts.values()].some((addresses) => addresses.includes(bare))
        // Nobody there: no answer, until the caller gives up.
        if (!exists || signal?.aborted) return
        const listener = [...this.#listeners].find(
          (one) => one.local.ip === bare && one.local.port === remote.port,
        )
        if (listener === undefined)
          return reject(new NetifError('NETIF_REFUSED', `${bare}:${remote.port} refuses`))
        const [near, far] = streamPair(this.clock, LATENCY_MS)
        const source = { ip: local?.ip ?? this.#hosts.get(host)?.[0] ?? '', port: this.#nextPort++ }
        for (const listen of listener.listeners)
          listen({ local: listener.local, remote: source, stream: far })
        resolve({ local: source, remote, stream: near })
      })
    })
  }
}

function isAny(ip: string): boolean {
  return ip === '0.0.0.0' || ip === '::'
}
