import { encodeIpAddress } from '@p2pd/stun'

/** The requests that one source may make. */
export interface RateLimitOptions {
  readonly perSecond: number
  /** Requests at once after a quiet time. */
  readonly burst: number
}

/** Sources that are remembered, so that a flood from forged addresses costs at most a megabyte. */
const MAX_SOURCES = 10_000

/** An IPv6 host has a /64 to itself, and would otherwise be 2^64 sources. RFC 4291 §2.5.1. */
const IPV6_SITE_BYTES = 8

/** The key of a source: an IPv4 address, or an IPv6 /64. */
export function sourceKey(ip: string): string {
  const bytes = encodeIpAddress(ip)
  return bytes.length === 4 ? ip : bytes.subarray(0, IPV6_SITE_BYTES).join('.')
}

/** One token bucket for each source. Pure: time is passed in. */
export class RateLimit {
  readonly #options: RateLimitOptions
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  constructor(options: RateLimitOptions) {
    this.#options = options
  }

  /** Whether the source may make one more request now. If so, the request is counted. */
  allow(ip: string, now: number): boolean {
    const { perSecond, burst } = this.#options
    const key = sourceKey(ip)
    const { tokens, at } = this.#buckets.get(key) ?? { tokens: burst, at: now }
    const filled = Math.min(burst, tokens + ((now - at) * perSecond) / 1000)
    const allowed = filled >= 1
    // Set anew, so that the map is in the order of last use and the first entry is the stalest.
    this.#buckets.delete(key)
    this.#buckets.set(key, { tokens: allowed ? filled - 1 : filled, at: now })
    if (this.#buckets.size > MAX_SOURCES) this.#forgetStalest()
    return allowed
  }

  #forgetStalest(): void {
    for (const key of this.#buckets.keys()) {
      this.#buckets.delete(key)
      return
    }
  }
}
