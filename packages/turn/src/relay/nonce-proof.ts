import type { Clock } from '@p2pd/netif'
import type { ServedAllocation } from './served-allocation.ts'

/**
 * A nonce that the server accepted so long ago is tried on a Refresh first. A ConnectionBind with a stale one gets no
 * response and burns the id of the connection; coturn allows nonces of a few seconds. RFC 6062 §5.4.
 */
const FRESH_MS = 2_000

/** Makes sure that the nonce of an allocation is fresh before a data connection is bound. */
export class NonceProof {
  readonly #clock: Clock
  #waiting: (() => void)[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves when the server has accepted the nonce a short time ago, or the allocation is lost. */
  wait(served: ServedAllocation): Promise<void> {
    if (this.#clock.now() - served.provenAt <= FRESH_MS) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      served.check()
    })
  }

  /** A Refresh has succeeded, or will not succeed any more. */
  refreshed(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
