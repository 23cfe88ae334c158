import type { TransportAddress, UdpSocket } from '@p2pd/netif'
import type { RelayedListener } from '@p2pd/turn'

/** A relayed TCP listener, as a call uses it. RFC 6062. */
export interface TcpRelay
  extends Pick<RelayedListener, 'local' | 'permit' | 'onConnection' | 'close' | 'release'> {
  readonly transport: 'tcp'
}

/** A relayed UDP socket, as a call uses it. A closed socket gives the allocation back. RFC 8656. */
export interface UdpRelay {
  readonly transport: 'udp'
  readonly local: TransportAddress
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
  readonly transport?: 'udp'
  /** The address of a relay of the peer: the server there comes first, because it need not reach another one. */
  readonly near?: string
}

/** Makes an allocation at one of the servers. Rejects when none of them gives one. */
export type OpenRelay = (signal: AbortSignal, wish?: RelayWish) => Promise<Relay>

/** Opens relays for calls. */
export interface Relays {
  open(signal: AbortSignal): Promise<Relay>
  /** Opens one that carries datagrams. */
  openUdp(signal: AbortSignal, near: string): Promise<UdpRelay>
}

/** The relays of a node: opened for one call each, given back at the latest when the node is closed. RFC 8656 §8. */
export class RelayPool implements Relays {
  readonly #open: OpenRelay
  readonly #relays = new Set<Relay>()

  constructor(open: OpenRelay) {
    this.#open = open
  }

  async open(signal: AbortSignal): Promise<Relay> {
    return this.#keep(await this.#open(signal))
  }

  async openUdp(signal: AbortSignal, near: string): Promise<UdpRelay> {
    const relay = await this.#open(signal, { transport: 'udp', near })
    if (relay.transport !== 'udp') throw new Error('a relay of another transport was opened')
    this.#keep(relay)
    return relay
  }

  /** Relays that are open: each costs an allocation. */
  get size(): number {
    return this.#relays.size
  }

  async close(): Promise<void> {
    await Promise.all([...this.#relays].map((relay) => relay.release()))
  }

  #keep(relay: Relay): Relay {
    this.#relays.add(relay)
    if (relay.transport === 'udp') {
      void relay.closed.then(() => this.#relays.delete(relay))
      return relay
    }
    const forget = async (end: () => Promise<void>) => {
      await end()
      this.#relays.delete(relay)
    }
    return {
      transport: 'tcp',
      get local() {
        return relay.local
      },
      permit: (ip) => relay.permit(ip),
      onConnection: (listener) => relay.onConnection(listener),
      close: () => forget(() => relay.close()),
      release: () => forget(() => relay.release()),
    }
  }
}
