import { canonicalIp } from '@p2pd/netif'

/** The hosts that a relay permits, and those who wait for the server's answer. RFC 8656 §9. */
export class Permissions {
  readonly #hosts = new Set<string>()
  readonly #waiting = new Map<string, ((granted: boolean) => void)[]>()

  /** Adds a host; resolves to whether the server has granted it. */
  add(ip: string): Promise<boolean> {
    const key = canonicalIp(ip)
    this.#hosts.add(key)
    return new Promise((resolve) => {
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), resolve])
    })
  }

  remove(ip: string): void {
    this.#hosts.delete(canonicalIp(ip))
  }

  /** All hosts, for an allocation that was made anew. */
  [Symbol.iterator](): Iterator<string> {
    return this.#hosts.values()
  }

  /** Takes the answer of the server. */
  settle(ip: string, granted: boolean): void {
    const waiting = this.#waiting.get(ip) ?? []
    this.#waiting.delete(ip)
    for (const resolve of waiting) resolve(granted)
  }

  /** The relay is closed: nobody gets an answer any more. */
  refuseAll(): void {
    for (const ip of [...this.#waiting.keys()]) this.settle(ip, false)
  }
}
