import { type Random, randomInteger } from '../random.ts'
import type { PortSettings } from './settings.ts'

/** First and last port. */
export interface PortRange {
  readonly low: number
  readonly high: number
}

/** Wraps a port that is outside a range: the first port follows the last. */
export function wrapPort(port: number, { low, high }: PortRange): number {
  const size = high - low + 1
  return low + ((((port - low) % size) + size) % size)
}

/** Gives each subscriber its own blocks of ports, or all subscribers the whole range. RFC 7422. */
export class PortBlocks {
  readonly whole: PortRange
  readonly #size: number
  readonly #random: Random
  readonly #free: number[] = []
  readonly #ofHost = new Map<string, PortRange[]>()

  constructor({ range: [low, high], blockSize }: PortSettings, random: Random) {
    this.whole = { low, high }
    this.#size = blockSize
    this.#random = random
    if (blockSize > 0) for (let at = low; at + blockSize - 1 <= high; at += blockSize) this.#free.push(at)
  }

  /** The ranges to try for a subscriber. Iterating past its last block takes a new one. */
  *of(ip: string): Generator<PortRange> {
    if (this.#size === 0) {
      yield this.whole
      return
    }
    let blocks = this.#ofHost.get(ip)
    if (blocks === undefined) this.#ofHost.set(ip, (blocks = []))
    for (let i = 0; ; i++) {
      const block = blocks[i] ?? this.#take()
      if (block === undefined) return
      blocks[i] = block
      yield block
    }
  }

  #take(): PortRange | undefined {
    if (this.#free.length === 0) return undefined
    const [low] = this.#free.splice(randomInteger(this.#random, 0, this.#free.length - 1), 1) as [number]
    return { low, high: low + this.#size - 1 }
  }
}
