import type { Crossing } from '@p2pd/lab'
import type { Way } from './attempt.ts'

/** Tells the way of bytes by the packets of one NIC, whatever the system says about it. */
export class WayCounter {
  readonly #link: string
  readonly #servers: ReadonlySet<string>
  #toServers = 0
  #toPeer = 0

  /** Watches the packets that leave this NIC. */
  constructor(link: string, servers: readonly string[]) {
    this.#link = link
    this.#servers = new Set(servers)
  }

  take({ link, direction, packet }: Pick<Crossing, 'link' | 'direction' | 'packet'>): void {
    if (link !== this.#link || direction !== 'up') return
    const { length } = packet.payload
    if (this.#servers.has(packet.destination.ip)) this.#toServers += length
    else this.#toPeer += length
  }

  /** Forgets what was sent until now. */
  reset(): void {
    this.#toServers = 0
    this.#toPeer = 0
  }

  /** The way of most bytes since then. */
  get way(): Exclude<Way, 'none'> {
    return this.#toPeer > this.#toServers ? 'direct' : 'relayed'
  }
}
