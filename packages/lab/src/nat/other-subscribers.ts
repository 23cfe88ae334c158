import { type Random, randomInteger } from '../random.ts'
import type { PortAllocator } from './port-allocator.ts'

/** Linux's ephemeral ports, for the hosts of other subscribers. */
const EPHEMERAL = [32768, 60999] as const

/** The address of all other subscribers; no host has it. */
const OTHERS = 'others'

/** Mappings that are really made after a long pause; the rest only moves counters. */
const MAX_CAUGHT_UP = 2048

/** The mappings of a box's other subscribers: they take ports and move counters. */
export class OtherSubscribers {
  readonly #perSecond: number
  readonly #lifetimeMs: number
  readonly #random: Random
  readonly #ports = new Map<number, number>()
  #next: number | undefined

  constructor(perSecond: number, lifetimeMs: number, random: Random) {
    this.#perSecond = perSecond
    this.#lifetimeMs = lifetimeMs
    this.#random = random
  }

  holds(port: number, now: number): boolean {
    const until = this.#ports.get(port)
    if (until !== undefined && until <= now) this.#ports.delete(port)
    return until !== undefined && until > now
  }

  /** Makes the mappings due until now, by a Poisson process. */
  catchUp(now: number, allocator: PortAllocator, taken: (port: number) => boolean): void {
    if (this.#perSecond === 0) return
    this.#next ??= now + this.#gap()
    const missed = Math.floor(((now - this.#next) / 1000) * this.#perSecond) - MAX_CAUGHT_UP
    if (missed > 0) {
      allocator.skip(missed)
      this.#next += (missed / this.#perSecond) * 1000
    }
    while (this.#next <= now) {
      const internal = { ip: OTHERS, port: randomInteger(this.#random, ...EPHEMERAL) }
      const port = allocator.allocate(internal, taken)
      if (port !== undefined) this.#ports.set(port, this.#next + this.#lifetimeMs)
      this.#next += this.#gap()
    }
  }

  clear(): void {
    this.#ports.clear()
  }

  #gap(): number {
    return (-Math.log(1 - this.#random()) / this.#perSecond) * 1000
  }
}
