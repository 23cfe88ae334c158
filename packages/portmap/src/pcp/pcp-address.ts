import { canonicalIp, familyOf, isLiteral, splitZone } from '@p2pd/netif'
import { PortmapError } from '../portmap-error.ts'

/** An address field holds 128 bits, whatever the family. RFC 6887 §5. */
export const PCP_ADDRESS_BYTES = 16

/** `::ffff:0:0/96`, in front of an IPv4 address. RFC 4291 §2.5.5.2. */
const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

/** Encodes an address field; IPv4 becomes an IPv4-mapped IPv6 address. RFC 6887 §5. */
export function encodePcpAddress(ip: string): Uint8Array {
  if (!isLiteral(ip)) throw new PortmapError('PORTMAP_INVALID_ARGUMENT', `not an IP address: ${ip}`)
  const bare = splitZone(ip).ip
  if (familyOf(bare) === 'IPv4') return Uint8Array.from([...MAPPED_PREFIX, ...bare.split('.').map(Number)])
  return Uint8Array.from(groupsOf(bare).flatMap((group) => [group >> 8, group & 0xff]))
}

/** Decodes an address field; an IPv4-mapped one becomes IPv4. RFC 6887 §5. */
export function decodePcpAddress(bytes: Uint8Array): string {
  if (bytes.length !== PCP_ADDRESS_BYTES) {
    throw new PortmapError('PORTMAP_MALFORMED', `an address of ${bytes.length} bytes`)
  }
  if (MAPPED_PREFIX.every((byte, i) => bytes[i] === byte)) return bytes.subarray(12).join('.')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(2 * i).toString(16))
  return canonicalIp(groups.join(':'))
}

/** The eight groups of an IPv6 address. RFC 4291 §2.2. */
function groupsOf(ip: string): number[] {
  const [head = [], tail = []] = canonicalIp(ip)
    .split('::')
    .map((part) => part.split(':').filter((one) => one !== ''))
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16))
}
