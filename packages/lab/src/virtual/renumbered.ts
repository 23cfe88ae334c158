import { familyOf, type TransportAddress } from '@p2pd/netif'
import { LabError } from '../lab-error.ts'
import type { Packet } from '../packet.ts'

/** The external addresses of a box whose provider has changed them: the model inside keeps the ones it was made with. */
export class Renumbered {
  readonly #first: readonly string[]
  #now: readonly string[]

  constructor(external: readonly string[]) {
    this.#first = external
    this.#now = external
  }

  get external(): readonly string[] {
    return this.#now
  }

  /** Changes the first external address of the same family; returns the one before. */
  change(to: string): string {
    const at = this.#now.findIndex((ip) => familyOf(ip) === familyOf(to))
    const before = this.#now[at]
    if (before === undefined)
      throw new LabError('LAB_INVALID_SETTINGS', `no external address to become ${to}`)
    this.#now = this.#now.with(at, to)
    return before
  }

  /** A packet as the model knows it. */
  toModel(packet: Packet): Packet {
    return this.#exchange(packet, this.#now, this.#first)
  }

  /** A packet as the network knows it. */
  fromModel(packet: Packet): Packet {
    return this.#exchange(packet, this.#first, this.#now)
  }

  #exchange(packet: Packet, from: readonly string[], to: readonly string[]): Packet {
    if (from === to) return packet
    const change = ({ ip, port }: TransportAddress) => ({ ip: to[from.indexOf(ip)] ?? ip, port })
    const ends = ({ source, destination }: Pick<Packet, 'source' | 'destination'>) => ({
      source: change(source),
      destination: change(destination),
    })
    if (packet.protocol !== 'icmp' || packet.about === undefined) return { ...packet, ...ends(packet) }
    return { ...packet, ...ends(packet), about: { ...packet.about, ...ends(packet.about) } }
  }
}
