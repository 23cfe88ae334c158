import { encodeIpAddress } from '@p2pd/stun'

/** How much one source may ask for. */
export interface RateLimitOptions {
  readonly perSecond: number
  /** What a source that was quiet may ask for at once. */
  readonly burst: number
}

/** Sources remembered: a flood from forged addresses costs a megabyte, not all memory. */
const MAX_SOURCES = 10_000

/** A host has a /64 of IPv6 to itself and would else be 2^64 sources. RFC 4291 §2.5.1. */
const IPV6_SITE_BYTES = 8

/** What counts as one source: an IPv4 address, an IPv6 /64. */
export function sourceKey(ip: string): string {
  const bytes = encodeIpAddress(ip)
  return bytes.length === 4 ? ip : bytes.subarray(0, IPV6_SITE_BYTES).join('.')
}

/** Token buckets, one a source. Pure: time is passed in. */
export class RateLimit {
  readonly #options: RateLimitOptions
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  constructor(options: RateLimitOptions) {
    this.#options = options
  }

  /** Whether the source may do one more thing now; then it is counted. */
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
