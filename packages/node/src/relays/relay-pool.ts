import {
  type ByteStream,
  type Clock,
  familyOf,
  type TcpConnection,
  type TransportAddress,
  type UdpSocket,
} from '@p2pd/netif'
import type { RelayedListener, RelayFamilies } from '@p2pd/turn'

/** A relayed TCP listener, as a call uses it. RFC 6062. */
export interface TcpRelay
  extends Pick<RelayedListener, 'relayed' | 'permit' | 'onConnection' | 'dial' | 'close' | 'release'> {
  readonly transport: 'tcp'
  /** Resolves when the allocation is lost or given back. */
  readonly closed: Promise<void>
}

/** A relayed UDP socket, as a call uses it. A closed socket gives the allocation back. RFC 8656. */
export interface UdpRelay {
  readonly transport: 'udp'
  /** One address, or one of each family. */
  readonly relayed: readonly TransportAddress[]
  readonly socket: UdpSocket
  /** Lets a host send to the relay; resolves to whether the server does. RFC 8656 §9. */
  permit(ip: string): Promise<boolean>
  /** Resolves when the allocation is lost or given back. */
  readonly closed: Promise<void>
  /** Gives the allocation back at once. */
  release(): Promise<void>
}

/** A relay of either transport. */
export type Relay = TcpRelay | UdpRelay

/** The relay to open. */
export interface RelayWish {
  /** Only such an allocation. @default TCP where a server relays it, else UDP */
  readonly transport?: 'udp' | 'tcp'
  /** The relayed addresses that are of use. With `both` one of them may be missing. @default both */
  readonly families?: RelayFamilies
  /** The addresses of servers that the peer uses: those come first, because a relay there need not reach another server. */
  readonly near?: readonly string[]
}

/** Makes allocations at TURN servers. */
export interface RelayOpener {
  /** Whether there is a server to ask. It changes when the servers do. */
  readonly isUsable: boolean
  /** The addresses of the servers, as far as their names are resolved. */
  servers(): readonly string[]
  /** Whether there are more servers than a call may ask. */
  readonly hasChoice: boolean
  /** Makes an allocation at one of the servers. Rejects when none of them gives one. */
  open(signal: AbortSignal, wish?: RelayWish): Promise<Relay>
}

/** A path on a relay may be needed again soon: the direct path that took over may be short-lived. */
const KEPT_MS = 30_000

/**
 * The relays of a node. Each serves one call at a time. A relay that carried a path is kept for 30 s after it, for the
 * next call that needs one. Others are given back at once. None outlives the node. RFC 8656 §8.
 */
export class RelayPool implements RelayOpener {
  readonly #opener: RelayOpener
  readonly #clock: Clock
  readonly #relays = new Set<Relay>()
  /** Relays without a call, and what keeps their timers from giving them back. */
  readonly #idle = new Map<Relay, () => void>()

  constructor(opener: RelayOpener, clock: Clock) {
    this.#opener = opener
    this.#clock = clock
  }

  servers(): readonly string[] {
    return this.#opener.servers()
  }

  get isUsable(): boolean {
    return this.#opener.isUsable
  }

  get hasChoice(): boolean {
    return this.#opener.hasChoice
  }

  async open(signal: AbortSignal, wish: RelayWish = {}): Promise<Relay> {
    // A relay that meets another one is allocated at the server of that one.
    const idle = wish.transport === undefined ? this.#takeIdle(wish) : undefined
    const relay = idle ?? this.#add(await this.#opener.open(signal, wish))
    return relay.transport === 'udp' ? this.#lendUdp(relay) : this.#lendTcp(relay)
  }

  async close(): Promise<void> {
    for (const cancel of this.#idle.values()) cancel()
    await Promise.all([...this.#relays].map((relay) => relay.release()))
  }

  #add<Any extends Relay>(relay: Any): Any {
    this.#relays.add(relay)
    void relay.closed.then(() => {
      this.#relays.delete(relay)
      this.#idle.get(relay)?.()
      this.#idle.delete(relay)
    })
    return relay
  }

  #takeIdle(wish: RelayWish): Relay | undefined {
    for (const [relay, cancel] of this.#idle) {
      if (!serves(relay, wish)) continue
      cancel()
      this.#idle.delete(relay)
      return relay
    }
    return undefined
  }

  #giveBack(relay: Relay, wasUsed: boolean): Promise<void> {
    if (!wasUsed) return relay.release()
    if (!this.#relays.has(relay) || this.#idle.has(relay)) return Promise.resolve()
    const release = () => {
      this.#idle.delete(relay)
      void relay.release()
    }
    this.#idle.set(relay, this.#clock.at(this.#clock.now() + KEPT_MS, release))
    return Promise.resolve()
  }

  #lendTcp(relay: TcpRelay): TcpRelay {
    const { relayed, closed } = relay
    const streams = new Set<ByteStream>()
    let stop = () => {}
    let wasUsed = false
    let isClosing = false
    const end = () => this.#giveBack(relay, wasUsed)
    const follow = ({ stream }: TcpConnection) => {
      wasUsed = true
      streams.add(stream)
      stream.once('close', () => {
        streams.delete(stream)
        if (isClosing && streams.size === 0) void end()
      })
    }
    return {
      transport: 'tcp',
      relayed,
      closed,
      permit: (ip) => relay.permit(ip),
      dial: async (remote, signal) => {
        const connection = await relay.dial(remote, signal)
        follow(connection)
        return connection
      },
      onConnection: (listener) => {
        stop = relay.onConnection((connection) => {
          follow(connection)
          listener(connection)
        })
        return stop
      },
      close: () => {
        stop()
        isClosing = true
        return streams.size === 0 ? end() : Promise.resolve()
      },
      release: () => relay.release(),
    }
  }

  #lendUdp(relay: UdpRelay): UdpRelay {
    const { relayed, closed, socket } = relay
    const stops = new Set<() => void>()
    let wasUsed = false
    let isClosed = false
    const lent: UdpSocket = {
      local: socket.local,
      send: (data, to) => {
        if (!isClosed) socket.send(data, to)
      },
      onMessage: (listener) => {
        const stop = socket.onMessage((data, from) => {
          wasUsed = true
          listener(data, from)
        })
        stops.add(stop)
        return () => {
          stops.delete(stop)
          stop()
        }
      },
      close: () => {
        if (isClosed) return
        isClosed = true
        for (const stop of stops) stop()
        void this.#giveBack(relay, wasUsed)
      },
    }
    return {
      transport: 'udp',
      relayed,
      closed,
      socket: lent,
      permit: (ip) => relay.permit(ip),
      release: () => relay.release(),
    }
  }
}

/** Whether a relay has an address that is of use: of the one family that is wanted, or any. */
export function serves({ relayed }: Pick<Relay, 'relayed'>, { families = 'both' }: RelayWish): boolean {
  return families === 'both' || relayed.some(({ ip }) => familyOf(ip) === families)
}
