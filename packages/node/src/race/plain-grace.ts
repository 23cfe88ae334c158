import type { Clock } from '@p2pd/netif'
import type { StrategyName } from '../report/report.ts'

/**
 * How long a punched path waits for a plain connection that is open. A UDP punch between two known mappings needs half a
 * round trip less than a plain connection: this is half of 60 ms. Longer paths do not wait for more.
 */
export const PLAIN_GRACE_MS = 30

/**
 * The rule by which plain connections keep their place before punched paths. Where a connection of `direct` or `reverse` is
 * open and being authenticated, an authenticated punched path waits for it, once and briefly. It waits for nothing
 * where no such connection is open.
 */
export class PlainGrace {
  readonly #clock: Clock
  readonly #graceMs: number
  readonly #open = new Set<object>()
  readonly #waiting = new Set<() => void>()

  constructor(clock: Clock, graceMs: number) {
    this.#clock = clock
    this.#graceMs = graceMs
  }

  /** A connection of a plain attempt is open, and not authenticated yet. */
  opened(attempt: object): void {
    this.#open.add(attempt)
  }

  /** The attempt has ended, in whatever way; nobody waits for it any longer. */
  ended(attempt: object): void {
    if (this.#open.delete(attempt) && this.#open.size === 0) this.end()
  }

  /** Lets every path go on, because the race is over. */
  end(): void {
    for (const goOn of this.#waiting) goOn()
  }

  /** The time that a path of this strategy has to wait; undefined when it may win at once. */
  before(strategy: StrategyName): Promise<void> | undefined {
    const isPunched = strategy === 'tcp-punch' || strategy === 'udp-punch'
    if (!isPunched || this.#graceMs === 0 || this.#open.size === 0) return undefined
    return new Promise((resolve) => {
      const goOn = () => {
        cancel()
        this.#waiting.delete(goOn)
        resolve()
      }
      const cancel = this.#clock.at(this.#clock.now() + this.#graceMs, goOn)
      this.#waiting.add(goOn)
    })
  }
}
