import type { TransportAddress } from '@p2pd/netif'
import { type Random, randomInteger } from '../random.ts'
import { PortBlocks, type PortRange, wrapPort } from './port-blocks.ts'
import type { DeltaSetting, PortSettings } from './settings.ts'

/** Random draws before the allocator searches a nearly full range port by port. */
const RANDOM_DRAWS = 16

/** Chooses external ports by a delta rule, within the range or the subscriber's block. RFC 4787 §4.2. */
export class PortAllocator {
  readonly #delta: DeltaSetting
  readonly #parity: boolean
  readonly #random: Random
  readonly #blocks: PortBlocks
  readonly #distance: number
  /** The last port of `independent`, for each block in use. */
  readonly #cursors = new Map<PortRange, number>()
  /** The last pair of `dependent`, for each inside host. */
  readonly #lastOfHost = new Map<string, { readonly internal: number; readonly external: number }>()

  constructor(delta: DeltaSetting, ports: PortSettings, random: Random) {
    this.#delta = delta
    this.#parity = ports.parity
    this.#random = random
    this.#blocks = new PortBlocks(ports, random)
    const [low, high] = ports.range
    const distance = delta.value ?? randomInteger(random, 1, high - low)
    this.#distance = ports.parity ? distance - (distance % 2) : distance
  }

  /** The external port for a new mapping, or undefined when there is none left. */
  allocate(internal: TransportAddress, taken: (port: number) => boolean): number | undefined {
    const fits = this.#fitting(internal, taken)
    for (const range of this.#blocks.of(internal.ip)) {
      const port = this.#preferred(internal, range, fits) ?? this.#any(range, fits)
      if (port !== undefined) return this.#record(internal, range, port)
    }
    return undefined
  }

  /** The external port that the rule gives, or undefined when it is busy. */
  allocateByRule(internal: TransportAddress, taken: (port: number) => boolean): number | undefined {
    for (const range of this.#blocks.of(internal.ip)) {
      const port = this.#preferred(internal, range, this.#fitting(internal, taken))
      return port === undefined ? undefined : this.#record(internal, range, port)
    }
    return undefined
  }

  #fitting(internal: TransportAddress, taken: (port: number) => boolean): (port: number) => boolean {
    return (port) => !taken(port) && (!this.#parity || port % 2 === internal.port % 2)
  }

  #record(internal: TransportAddress, range: PortRange, port: number): number {
    this.#cursors.set(range, port)
    this.#lastOfHost.set(internal.ip, { internal: internal.port, external: port })
    return port
  }

  /** Moves the counters as if others had taken `count` ports. */
  skip(count: number): void {
    const range = this.#blocks.whole
    this.#cursors.set(range, wrapPort(this.#cursor(range) + count * this.#step, range))
  }

  get #step(): number {
    return this.#delta.value ?? 1
  }

  #preferred(
    internal: TransportAddress,
    range: PortRange,
    fits: (port: number) => boolean,
  ): number | undefined {
    switch (this.#delta.type) {
      case 'equal':
        return only(wrapPort(internal.port, range), fits)
      case 'preserving':
        return only(wrapPort(internal.port + this.#distance, range), fits)
      case 'independent':
        return this.#stepFrom(this.#cursor(range), range, fits)
      case 'dependent': {
        const last = this.#lastOfHost.get(internal.ip)
        if (last === undefined || internal.port !== last.internal + 1) return undefined
        return this.#stepFrom(last.external, range, fits)
      }
      case 'random':
        return undefined
    }
  }

  #cursor(range: PortRange): number {
    const cursor = this.#cursors.get(range) ?? randomInteger(this.#random, range.low, range.high)
    this.#cursors.set(range, cursor)
    return cursor
  }

  #stepFrom(last: number, range: PortRange, fits: (port: number) => boolean): number | undefined {
    const aside = Math.sign(this.#step)
    for (let i = 1; i <= range.high - range.low; i++) {
      const port = wrapPort(last + i * this.#step, range)
      if (fits(port)) return port
      // The neighbour has the other parity, so a parity-preserving counter takes it next.
      if (this.#parity && fits(wrapPort(port + aside, range))) return wrapPort(port + aside, range)
    }
    return undefined
  }

  #any(range: PortRange, fits: (port: number) => boolean): number | undefined {
    for (let i = 0; i < RANDOM_DRAWS; i++) {
      const port = randomInteger(this.#random, range.low, range.high)
      if (fits(port)) return port
    }
    const start = randomInteger(this.#random, range.low, range.high)
    for (let i = 0; i <= range.high - range.low; i++) {
      const port = wrapPort(start + i, range)
      if (fits(port)) return port
    }
    return undefined
  }
}

function only(port: number, fits: (port: number) => boolean): number | undefined {
  return fits(port) ? port : undefined
}
