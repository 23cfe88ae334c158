import { StunError } from '../stun-error.ts'

/** A byte of an IPv4 address: no sign, and no leading zero, as some parsers take such a number for octal. */
const DECIMAL_BYTE = /^(0|[1-9]\d{0,2})$/
const HEX_GROUP = /^[0-9a-f]{1,4}$/i

function malformed(ip: string): StunError {
  return new StunError('STUN_INVALID_ARGUMENT', `"${ip}" is not an IP address`)
}

function encodeIpv4(ip: string): number[] {
  const parts = ip.split('.')
  if (parts.length !== 4 || !parts.every((part) => DECIMAL_BYTE.test(part) && Number(part) < 256)) {
    throw malformed(ip)
  }
  return parts.map(Number)
}

/** The bytes of colon-separated groups; the last may be an IPv4 address. */
function encodeGroups(groups: string, ip: string): number[] {
  if (groups === '') return []
  const parts = groups.split(':')
  return parts.flatMap((part, i) => {
    if (i === parts.length - 1 && part.includes('.')) return encodeIpv4(part)
    if (!HEX_GROUP.test(part)) throw malformed(ip)
    const value = Number.parseInt(part, 16)
    return [value >> 8, value & 0xff]
  })
}

function encodeIpv6(ip: string): number[] {
  const [head = '', tail, ...more] = ip.split('::')
  const before = encodeGroups(head, ip)
  if (tail === undefined) {
    if (before.length !== 16) throw malformed(ip)
    return before
  }
  const after = encodeGroups(tail, ip)
  const zeros = 16 - before.length - after.length
  if (more.length > 0 || zeros < 2 || head.includes('.')) throw malformed(ip)
  return [...before, ...Array<number>(zeros).fill(0), ...after]
}

/** Encodes a literal address as 4 or 16 bytes, without an IPv6 zone (`%eth0`). Throws `STUN_INVALID_ARGUMENT`. RFC 4291 §2.2. */
export function encodeIpAddress(ip: string): Uint8Array {
  const [address = ''] = ip.split('%', 1)
  return Uint8Array.from(address.includes(':') ? encodeIpv6(address) : encodeIpv4(address))
}

/** The longest run of two or more zero groups, the first one of equal length: `::` replaces it. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 1 }
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  return best
}

/** Decodes 4 or 16 bytes to the canonical text form. Throws `STUN_MALFORMED`. RFC 5952 §4. */
export function decodeIpAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) throw new StunError('STUN_MALFORMED', `IP address of ${bytes.length} bytes`)
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0))
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${bytes.subarray(12).join('.')}`
  }
  const hex = groups.map((group) => group.toString(16))
  const { start, length } = longestZeroRun(groups)
  if (start < 0) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

/** The canonical text form of a literal address, with its zone. Throws `STUN_INVALID_ARGUMENT`. RFC 5952 §4. */
export function canonicalIpAddress(ip: string): string {
  const zone = ip.indexOf('%')
  return decodeIpAddress(encodeIpAddress(ip)) + (zone < 0 ? '' : ip.slice(zone))
}
