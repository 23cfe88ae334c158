import { type Family, isIpv4 } from '@p2pd/netif'
import { LabError } from './lab-error.ts'

/** A network that assigns its addresses one after the other. */
export interface Lan {
  /** The address that default routes lead to. */
  readonly router: Readonly<Record<Family, string>>
  readonly prefixLength: Readonly<Record<Family, number>>
  next(family: Family): string
}

/**
 * The lab's public addresses begin with 5.5 and 2a00:5. Software takes them for ordinary public addresses. They
 * exist only inside the lab, so that no packet to them leaves it.
 */
const PUBLIC_IPV4 = '5.5.0.0/16'
const PUBLIC_IPV6 = '2a00:5'

/** Shared address space between a carrier and its subscribers. RFC 6598. */
export const carrierSubnet = (index: number): string => `100.${64 + (index % 64)}.0.0/16`

/** A home network, with another subnet for each box. RFC 1918. */
export const homeSubnet = (index: number): string => `192.168.${1 + (index % 254)}.0/24`

/** The IPv4 addresses of a subnet, except those that end in 0 or 255: some software refuses them. */
export class Ipv4Space {
  readonly #cidr: string
  readonly #last: number
  #at: number

  constructor(cidr: string) {
    const { first, size } = parseSubnet(cidr)
    this.#cidr = cidr
    this.#at = first
    this.#last = first + size - 1
  }

  next(): string {
    do this.#at++
    while (this.#at % 256 === 0 || this.#at % 256 === 255)
    if (this.#at > this.#last)
      throw new LabError('LAB_INVALID_SCENARIO', `no address is left in ${this.#cidr}`)
    return [24, 16, 8, 0].map((shift) => (this.#at >>> shift) & 255).join('.')
  }
}

/** The network outside all boxes: each host has a line of its own to it. */
export class InternetLan implements Lan {
  readonly prefixLength = { IPv4: 32, IPv6: 64 }
  readonly ipv4 = new Ipv4Space(PUBLIC_IPV4)
  readonly router: Readonly<Record<Family, string>> = { IPv4: this.ipv4.next(), IPv6: `${PUBLIC_IPV6}::1` }
  #networks = 0

  next(family: Family): string {
    return family === 'IPv4' ? this.ipv4.next() : `${this.nextIpv6Network()}::2`
  }

  /** The first 64 bits for the next network. */
  nextIpv6Network(): string {
    this.#networks++
    // A group of zeros would have to be shortened (RFC 5952 §4.2).
    if (this.#networks % 2 ** 16 === 0) this.#networks++
    const high = Math.floor(this.#networks / 2 ** 16).toString(16)
    return `${PUBLIC_IPV6}:${high}:${(this.#networks % 2 ** 16).toString(16)}`
  }
}

/** The inside of a box: IPv4 from a subnet of its own or of the network outside, IPv6 always global. */
export class BoxLan implements Lan {
  readonly ipv4: Ipv4Space
  readonly router: Readonly<Record<Family, string>>
  readonly prefixLength: Readonly<Record<Family, number>>
  readonly #ipv6Network: string
  #ipv6Hosts = 1

  constructor(ipv4: Ipv4Space, ipv4PrefixLength: number, ipv6Network: string) {
    this.ipv4 = ipv4
    this.#ipv6Network = ipv6Network
    this.prefixLength = { IPv4: ipv4PrefixLength, IPv6: 64 }
    this.router = { IPv4: ipv4.next(), IPv6: `${ipv6Network}::1` }
  }

  next(family: Family): string {
    if (family === 'IPv4') return this.ipv4.next()
    this.#ipv6Hosts++
    return `${this.#ipv6Network}::${this.#ipv6Hosts.toString(16)}`
  }
}

/** Parses a subnet such as `192.168.1.0/24`, from /8 to /30. RFC 4632 §3.1. */
export function parseSubnet(cidr: string): {
  readonly first: number
  readonly size: number
  readonly prefixLength: number
} {
  const [ip = '', digits = ''] = cidr.split('/')
  const prefixLength = /^\d{1,2}$/.test(digits) ? Number(digits) : 0
  const size = 2 ** (32 - prefixLength)
  const first = ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  if (!isIpv4(ip) || prefixLength < 8 || prefixLength > 30 || first % size !== 0)
    throw new LabError('LAB_INVALID_SCENARIO', `not an IPv4 subnet from /8 to /30: ${JSON.stringify(cidr)}`)
  return { first, size, prefixLength }
}
