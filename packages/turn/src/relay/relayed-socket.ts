import type { TransportAddress, UdpSocket } from '@p2pd/netif'
import { StandingRelay } from './standing-relay.ts'
import type { AllocateOptions, RelayChange, TurnPorts } from './turn-ports.ts'

/** A UDP socket whose local address is on a TURN server. RFC 8656. */
export interface RelayedSocket extends UdpSocket {
  /** The relayed address, which changes when the allocation is made anew. */
  readonly local: TransportAddress
  /** All relayed addresses: one of each family with `families: 'both'`. */
  readonly relayed: readonly TransportAddress[]
  /** The client's address as the server sees it. */
  readonly mapped: TransportAddress | undefined
  /** The server, or the one that it named instead. */
  readonly server: TransportAddress
  /** Lets a host send to the relayed address before anything is sent to it. Resolves to whether the server does. RFC 8656 §9. */
  permit(ip: string): Promise<boolean>
  /** Asks the server whether it still has the allocation; resolves to that. A lost one is made anew. */
  check(): Promise<boolean>
  /** Listens for changes of the relay; returns what stops it. */
  onChange(listener: (change: RelayChange) => void): () => void
  /** Resolves when the allocation is given back, after `close`. */
  readonly closed: Promise<void>
}

/**
 * Allocates a relayed UDP socket. A datagram to a peer binds a channel to it, which lets the peer answer.
 *
 * Rejects with the reason of `signal`, or with `TURN_UNREACHABLE`, `TURN_TIMEOUT`, `TURN_CREDENTIALS`, `TURN_QUOTA`,
 * `TURN_FORBIDDEN`, `TURN_UNSUPPORTED`, `TURN_LOST` (the server has forgotten it) or `TURN_REFUSED` (any other answer). Then nothing is left on the server. RFC 8656 §7.
 */
export async function allocate(ports: TurnPorts, options: AllocateOptions): Promise<RelayedSocket> {
  return new RelayedUdpSocket(await StandingRelay.open(ports, options, 'udp'))
}

class RelayedUdpSocket implements RelayedSocket {
  readonly closed: Promise<void>
  readonly #relay: StandingRelay
  readonly #listeners = new Set<(data: Uint8Array, from: TransportAddress) => void>()
  #resolveClosed = () => {}

  constructor(relay: StandingRelay) {
    this.#relay = relay
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    relay.onReport((report) => {
      if (report.type !== 'data') return
      for (const listener of this.#listeners) listener(report.data, report.from)
    })
    relay.onChange(({ type }) => {
      if (type === 'failed') this.#resolveClosed()
    })
  }

  get local(): TransportAddress {
    return this.relayed[0] ?? { ip: '0.0.0.0', port: 0 }
  }

  get relayed(): readonly TransportAddress[] {
    return this.#relay.relayed
  }

  get mapped(): TransportAddress | undefined {
    return this.#relay.current.allocated.mapped
  }

  get server(): TransportAddress {
    return this.#relay.current.served.target.server
  }

  send(data: Uint8Array, to: TransportAddress): void {
    if (this.#relay.isOpen) this.#relay.current.served.send(data, to)
  }

  onMessage(listener: (data: Uint8Array, from: TransportAddress) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  permit(ip: string): Promise<boolean> {
    return this.#relay.permit(ip)
  }

  check(): Promise<boolean> {
    return this.#relay.check()
  }

  onChange(listener: (change: RelayChange) => void): () => void {
    return this.#relay.onChange(listener)
  }

  close(): void {
    this.#listeners.clear()
    void this.#relay.close().then(this.#resolveClosed)
  }
}
