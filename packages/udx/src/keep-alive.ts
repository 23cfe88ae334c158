/** NATs forget UDP mappings after 30 s in the worst cases met; RFC 4787 REQ-5 asks for two minutes. */
const MAX_INTERVAL_MS = 25_000
/** Half of a lifetime: one lost keep-alive does not end the mapping. */
const LIFETIME_SHARE = 0.5
/** A lifetime that was measured as less than this is a mistake. */
const MIN_INTERVAL_MS = 1000

/** Between probes that are not answered. */
export const RETRY_MS = 5000
/** Unanswered probes in a row that mean the other end is gone: at 10 % loss each way 5 idle intervals in 100,000. */
export const MAX_UNANSWERED = 6

/** How often a mapping of this lifetime has to be refreshed; without one, as often as the worst NATs need it. */
export function keepAliveInterval(mappingLifetimeMs = Number.POSITIVE_INFINITY): number {
  return Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, mappingLifetimeMs * LIFETIME_SHARE))
}

/** What the driver is asked to do. */
export type KeepAliveOutput =
  | { readonly type: 'probe' }
  | { readonly type: 'wake'; readonly at: number }
  | { readonly type: 'gone' }

/**
 * Keeps a path open and finds out when it is not: a probe every so often, whatever else is sent, and more
 * of them when the other end is silent. It is given up after the interval and 30 s. RFC 4787 §4.3.
 */
export class KeepAlive {
  readonly #intervalMs: number
  #probedAt: number
  #unanswered = 0

  constructor(intervalMs: number, now: number) {
    this.#intervalMs = intervalMs
    this.#probedAt = now
  }

  /** Something came from the other end. */
  hear(): void {
    this.#unanswered = 0
  }

  wake(now: number): KeepAliveOutput[] {
    const nextAt = this.#probedAt + this.#intervalMs
    if (this.#unanswered === 0 && now < nextAt) return [{ type: 'wake', at: nextAt }]
    if (this.#unanswered === MAX_UNANSWERED) return [{ type: 'gone' }]
    this.#unanswered++
    this.#probedAt = now
    return [{ type: 'probe' }, { type: 'wake', at: now + Math.min(RETRY_MS, this.#intervalMs) }]
  }
}
