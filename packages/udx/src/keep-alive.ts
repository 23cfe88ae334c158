/** The worst NATs in the field forget UDP mappings after 30 s; RFC 4787 REQ-5 asks for two minutes. */
const MAX_INTERVAL_MS = 25_000
/** Two keep-alives in one lifetime: a lost one does not end the mapping. */
const LIFETIME_SHARE = 0.5
/** A shorter interval can only come from a wrong measurement. */
const MIN_INTERVAL_MS = 1000

/** Milliseconds between probes that are not answered. */
export const RETRY_MS = 5000
/**
 * After this many unanswered probes in a row the other end counts as gone. At 10 % loss each way that is wrong for
 * 5 idle intervals in 100,000.
 */
export const MAX_UNANSWERED = 6

/** The interval in which to refresh a mapping of this lifetime; without a lifetime, the one for the worst NATs. */
export function keepAliveInterval(mappingLifetimeMs = Number.POSITIVE_INFINITY): number {
  return Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, mappingLifetimeMs * LIFETIME_SHARE))
}

/** An action for the driver. */
export type KeepAliveOutput =
  | { readonly type: 'probe' }
  | { readonly type: 'wake'; readonly at: number }
  | { readonly type: 'gone' }

/**
 * Keeps a path open and finds out when it broke. It sends a probe at every interval, beside other traffic, and
 * more of them when the other end is silent. It gives up after the interval and 30 s. RFC 4787 §4.3.
 */
export class KeepAlive {
  readonly #intervalMs: number
  #probedAt: number
  #unanswered = 0

  constructor(intervalMs: number, now: number) {
    this.#intervalMs = intervalMs
    this.#probedAt = now
  }

  /** A packet came from the other end. */
  receive(): void {
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
