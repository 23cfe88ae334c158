import { familyOf } from '@p2pd/netif'

/** Both directions cache their results, because the packets of a lab have few addresses. */
const CACHE_ENTRIES = 4096
const texts = new Map<number, string>()
const bytes = new Map<string, Uint8Array>()

/** Formats four bytes as dotted decimals. */
export function formatIpv4(view: DataView, offset: number): string {
  const key = view.getUint32(offset)
  const known = texts.get(key)
  if (known !== undefined) return known
  const text = `${key >>> 24}.${(key >>> 16) & 255}.${(key >>> 8) & 255}.${key & 255}`
  return remember(texts, key, text)
}

/** A cache of IPv6 texts, one slot for each hash. */
const SLOTS = 1024 // a power of two, far more than a lab has addresses
const slots: { readonly words: readonly [number, number, number, number]; readonly text: string }[] = []

/** Formats sixteen bytes in the canonical form: short, lower case, zeros as `::`. RFC 5952 §4. */
export function formatIpv6(view: DataView, offset: number): string {
  const a = view.getUint32(offset)
  const b = view.getUint32(offset + 4)
  const c = view.getUint32(offset + 8)
  const d = view.getUint32(offset + 12)
  const slot = (a ^ (b >>> 3) ^ (c >>> 5) ^ d ^ (a >>> 16)) & (SLOTS - 1)
  const known = slots[slot]
  if (known !== undefined) {
    const [w, x, y, z] = known.words
    if (w === a && x === b && y === c && z === d) return known.text
  }
  const text = shortest(Array.from({ length: 8 }, (_, index) => view.getUint16(offset + 2 * index)))
  slots[slot] = { words: [a, b, c, d], text }
  return text
}

function shortest(groups: number[]): string {
  const { start, length } = longestZeros(groups)
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(':')
  if (length < 2) return text(groups)
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`
}

function longestZeros(groups: number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let length = 0
  groups.forEach((group, index) => {
    length = group === 0 ? length + 1 : 0
    if (length > best.length) best = { start: index + 1 - length, length }
  })
  return best
}

/** The 4 or 16 bytes of a literal address, without its zone. RFC 4291 §2.2. */
export function ipBytes(ip: string): Uint8Array {
  const known = bytes.get(ip)
  if (known !== undefined) return known
  return remember(bytes, ip, familyOf(ip) === 'IPv4' ? ipv4Bytes(ip) : ipv6Bytes(ip))
}

function ipv4Bytes(ip: string): Uint8Array {
  return Uint8Array.from(ip.split('.'), Number)
}

function ipv6Bytes(literal: string): Uint8Array {
  const ip = literal.split('%')[0] as string
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(ip)
  const plain = dotted === null ? ip : `${dotted[1]}${asGroups(dotted[2] as string)}`
  const [head = '', tail] = plain.split('::')
  const groupsOf = (part: string) => (part === '' ? [] : part.split(':'))
  const left = groupsOf(head)
  const right = groupsOf(tail ?? '')
  const groups = [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  return Uint8Array.from(groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]))
}

function asGroups(dotted: string): string {
  const [a, b, c, d] = ipv4Bytes(dotted) as unknown as [number, number, number, number]
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
}

function remember<Key, Value>(cache: Map<Key, Value>, key: Key, value: Value): Value {
  if (cache.size >= CACHE_ENTRIES) cache.clear()
  cache.set(key, value)
  return value
}
