import { type Family, familyOf } from '@p2pd/netif'
import { type Random, randomInteger } from '../random.ts'
import type { PortSettings } from './settings.ts'

/** The external addresses of a NAT. RFC 4787 §4.1 ("IP address pooling"). */
export class AddressPool {
  readonly #addresses: Record<Family, string[]> = { IPv4: [], IPv6: [] }
  readonly #pooling: PortSettings['pooling']
  readonly #random: Random
  readonly #ofHost = new Map<string, string>()

  constructor(addresses: readonly string[], pooling: PortSettings['pooling'], random: Random) {
    for (const ip of addresses) this.#addresses[familyOf(ip)].push(ip)
    this.#pooling = pooling
    this.#random = random
  }

  has(ip: string): boolean {
    return this.#addresses[familyOf(ip)].includes(ip)
  }

  /** The external address for a new mapping of an inside host. */
  choose(internalIp: string): string | undefined {
    if (this.#pooling === 'arbitrary') return this.#draw(internalIp)
    const before = this.#ofHost.get(internalIp)
    if (before !== undefined) return before
    const ip = this.#draw(internalIp)
    if (ip !== undefined) this.#ofHost.set(internalIp, ip)
    return ip
  }

  #draw(internalIp: string): string | undefined {
    const addresses = this.#addresses[familyOf(internalIp)]
    return addresses[randomInteger(this.#random, 0, addresses.length - 1)]
  }
}
