import {
  type DialOptions,
  formatTransportAddress,
  type Interface,
  type Network,
  scopeOf,
  type UdpSocket,
} from '@p2pd/netif'
import { isOnLink } from '../candidates/base.ts'

/** Numbers of mappings, by protocol. */
export type Mappings = Readonly<Record<'udp' | 'tcp', number>>

/** Dials from one local port that are remembered: a port that dials the same remote again keeps its mapping. */
const MAX_DIALS = 4096

/**
 * Counts the mappings that this host asks of its NATs: behind a counting NAT each of them moves the counter. Traffic within
 * the networks of this host needs no mapping. RFC 4787 §4.2.
 */
export class MappingCount {
  readonly #interfaces: () => readonly Interface[]
  readonly #dialled = new Set<string>()
  #made: Mappings = { udp: 0, tcp: 0 }

  constructor(interfaces: () => readonly Interface[]) {
    this.#interfaces = interfaces
  }

  /** The mappings so far. Only differences mean something. */
  get made(): Mappings {
    return this.#made
  }

  /** Adds mappings towards a remote host. */
  add(protocol: 'udp' | 'tcp', remoteIp: string, count = 1): void {
    if (scopeOf(remoteIp) === 'host' || isOnLink(remoteIp, this.#interfaces())) return
    this.#made = { ...this.#made, [protocol]: this.#made[protocol] + count }
  }

  /** The same network, with its dials and datagrams counted. */
  watch(network: Network): Network {
    const { reusesTcpPorts } = network
    return {
      bindUdp: async (options) => this.watchSocket(await network.bindUdp(options)),
      listenTcp: (options) => network.listenTcp(options),
      resolve: (...question) => network.resolve(...question),
      interfaces: () => network.interfaces(),
      ...(reusesTcpPorts !== undefined && { reusesTcpPorts }),
      dial: (options) => {
        this.#countDial(options)
        return network.dial(options)
      },
    }
  }

  /** The same socket; its first datagram to each remote counts, and then `onMapping` is called. */
  watchSocket(socket: UdpSocket, onMapping: () => void = () => {}): UdpSocket {
    const remotes = new Set<string>()
    return {
      local: socket.local,
      onMessage: (listener) => socket.onMessage(listener),
      close: () => socket.close(),
      send: (data, to, ttl) => {
        const remote = formatTransportAddress(to)
        if (!remotes.has(remote)) {
          remotes.add(remote)
          this.add('udp', to.ip)
          onMapping()
        }
        socket.send(data, to, ttl)
      },
    }
  }

  #countDial({ local, remote }: DialOptions): void {
    const port = local?.port ?? 0
    const ends = `${port} ${formatTransportAddress(remote)}`
    if (port !== 0 && this.#dialled.has(ends)) return
    if (this.#dialled.size >= MAX_DIALS) this.#dialled.clear()
    this.#dialled.add(ends)
    this.add('tcp', remote.ip)
  }
}
