import ipaddr from 'ipaddr.js'
import { literalFamily, splitZone } from './ip-literal.ts'
import { NetifError } from '../netif-error.ts'
import type { Family } from './family.ts'

/** Bits of an address. RFC 791 §2.3, RFC 4291 §2. */
export const ADDRESS_BITS: Readonly<Record<Family, number>> = { IPv4: 32, IPv6: 128 }

/** An address as a number, with its family; its zone is dropped. */
export interface IpNumber {
  readonly family: Family
  readonly value: bigint
}

/** Reads a literal address; `1` and `010.0.0.1`, which ipaddr.js would take, are refused. */
export function parseIp(text: string): IpNumber {
  const family = literalFamily(text)
  if (family === undefined) {
    throw new NetifError('NETIF_INVALID_ARGUMENT', `not an IP address: ${JSON.stringify(text)}`)
  }
  if (family === 'IPv4') {
    return { family, value: BigInt(ipv4Number(text)) }
  }
  const bytes = ipaddr.parse(splitZone(text).ip).toByteArray()
  return { family, value: bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) }
}

/** An IPv4 address, known to be one, as a number of 32 bits. */
export function ipv4Number(text: string): number {
  return text.split('.').reduce((value, octet) => value * 256 + Number(octet), 0)
}

/** Writes an address in its canonical form. RFC 5952 §4. */
export function formatIp({ family, value }: IpNumber): string {
  const length = ADDRESS_BITS[family] / 8
  const bytes = Array.from({ length }, (_, i) => Number((value >> BigInt(8 * (length - 1 - i))) & 0xffn))
  const address = ipaddr.fromByteArray(bytes)
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString()
}

/** The canonical form of a literal address, its zone kept. Throws `NETIF_INVALID_ARGUMENT`. RFC 5952 §4. */
export function canonicalIp(text: string): string {
  const { zone } = splitZone(text)
  return zone === undefined ? formatIp(parseIp(text)) : `${formatIp(parseIp(text))}%${zone}`
}
