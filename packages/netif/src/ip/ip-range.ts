import { literalFamily } from './ip-literal.ts'
import { ADDRESS_BITS, formatIp, parseIp } from './ip-number.ts'
import { NetifError } from '../netif-error.ts'
import type { Family } from './family.ts'

/**
 * The host addresses of a block, from a starting address on, round to it again.
 *
 * All zeros in the host part names the network (RFC 1122 §3.2.1.3) or any router on it (RFC 4291
 * §2.6.1), so `192.0.2.0/24` holds 255 addresses. A block of one or two (RFC 3021) holds all.
 */
export class IpRange implements Iterable<string> {
  readonly family: Family
  readonly prefixLength: number
  /** How many addresses: an IPv6 block has more than a number can count. */
  readonly size: bigint
  readonly #network: bigint
  readonly #firstHost: bigint
  readonly #start: bigint

  /**
   * Throws `NETIF_INVALID_ARGUMENT` for a malformed address or length.
   *
   * @param ip where iteration begins; the network's own address means its first host
   */
  constructor(ip: string, prefixLength?: number) {
    const { family, value } = parseIp(ip)
    this.family = family
    this.prefixLength = checkPrefixLength(prefixLength ?? ADDRESS_BITS[family], family)
    const hostBits = BigInt(ADDRESS_BITS[family] - this.prefixLength)
    this.#firstHost = hostBits > 1n ? 1n : 0n
    this.size = 2n ** hostBits - this.#firstHost
    this.#network = (value >> hostBits) << hostBits
    const host = value - this.#network
    this.#start = host < this.#firstHost ? 0n : host - this.#firstHost
  }

  /** The address `index` steps from the start, round and round in both directions. */
  at(index: number | bigint): string {
    const offset = modulo(this.#start + BigInt(index), this.size)
    return formatIp({ family: this.family, value: this.#network + this.#firstHost + offset })
  }

  /**
   * How many steps an address is from the start, or undefined when it is not in the range. Throws
   * `NETIF_INVALID_ARGUMENT` when it is not an address.
   */
  indexOf(ip: string): bigint | undefined {
    const { family, value } = parseIp(ip)
    const offset = value - this.#network - this.#firstHost
    if (family !== this.family || offset < 0n || offset >= this.size) return undefined
    return modulo(offset - this.#start, this.size)
  }

  /** Whether an address is in the range. Throws `NETIF_INVALID_ARGUMENT` when it is not an address. */
  contains(ip: string): boolean {
    return this.indexOf(ip) !== undefined
  }

  /** Orders by family, then block, then size; negative when this range comes first. */
  compare(other: IpRange): number {
    if (this.family !== other.family) return this.family === 'IPv4' ? -1 : 1
    if (this.#network !== other.#network) return this.#network < other.#network ? -1 : 1
    return other.prefixLength - this.prefixLength
  }

  /** Whether both hold the same addresses, wherever they start. */
  equals(other: IpRange): boolean {
    return this.compare(other) === 0
  }

  *[Symbol.iterator](): Iterator<string> {
    for (let index = 0n; index < this.size; index++) yield this.at(index)
  }

  /** `192.0.2.20/24` or, begun at the first host, `192.0.2.0/24`; an address alone has no length. RFC 4632 §3.1. */
  toString(): string {
    if (this.prefixLength === ADDRESS_BITS[this.family]) return this.at(0)
    const value = this.#start === 0n ? this.#network : this.#network + this.#firstHost + this.#start
    return `${formatIp({ family: this.family, value })}/${this.prefixLength}`
  }

  toJSON(): string {
    return this.toString()
  }
}

/**
 * Reads an address (`192.0.2.1`) or a block (`192.0.2.0/24`). Throws `NETIF_INVALID_ARGUMENT`. RFC 4632 §3.1,
 * RFC 4291 §2.3.
 */
export function parseIpRange(text: string): IpRange {
  const [ip = '', length, more] = text.split('/')
  const bad = more !== undefined || (length !== undefined && !/^(0|[1-9]\d{0,2})$/.test(length))
  if (bad || literalFamily(ip) === undefined) {
    throw new NetifError('NETIF_INVALID_ARGUMENT', `not an address or a block: ${JSON.stringify(text)}`)
  }
  return new IpRange(ip, length === undefined ? undefined : Number(length))
}

function checkPrefixLength(length: number, family: Family): number {
  if (!Number.isInteger(length) || length < 0 || length > ADDRESS_BITS[family]) {
    throw new NetifError('NETIF_INVALID_ARGUMENT', `not a prefix length of ${family}: ${length}`)
  }
  return length
}

function modulo(value: bigint, size: bigint): bigint {
  return ((value % size) + size) % size
}
