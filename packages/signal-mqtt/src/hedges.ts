import { textOf } from './recent-map.ts'
import type { Clock } from './runtime.ts'

/** Longer than a round trip around the world over a broker: who has not been heard of until then may not have got it. */
const HEDGE_MS = 1000

/** Second attempts, put off for a while and dropped when the peer is heard of. */
export class Hedges {
  readonly #clock: Clock
  readonly #cancels = new Map<string, Set<() => void>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Does something later, unless the peer is heard of first; returns what cancels it. */
  later(peer: Uint8Array, work: () => void): () => void {
    const key = textOf(peer)
    const cancels = this.#cancels.get(key) ?? new Set()
    this.#cancels.set(key, cancels)
    const stop = this.#clock.at(this.#clock.now() + HEDGE_MS, () => {
      cancel()
      work()
    })
    const cancel = () => {
      stop()
      cancels.delete(cancel)
      if (cancels.size === 0 && this.#cancels.get(key) === cancels) this.#cancels.delete(key)
    }
    cancels.add(cancel)
    return cancel
  }

  /** The peer has been heard of. */
  drop(peer: Uint8Array): void {
    const key = textOf(peer)
    for (const cancel of this.#cancels.get(key) ?? []) cancel()
  }

  close(): void {
    for (const cancels of this.#cancels.values()) for (const cancel of cancels) cancel()
  }
}
