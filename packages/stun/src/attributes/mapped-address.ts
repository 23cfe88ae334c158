import type { TransportAddress } from '@p2pd/netif'
import { decodeIpAddress, encodeIpAddress } from './ip-address.ts'
import { StunError } from '../stun-error.ts'

/** Address families as STUN numbers them. RFC 8489 §14.1. */
const FAMILY_IPV4 = 0x01
const FAMILY_IPV6 = 0x02

/** Length of the value for each family. RFC 8489 §14.1. */
const BYTES_OF_FAMILY: Readonly<Record<number, number>> = { [FAMILY_IPV4]: 8, [FAMILY_IPV6]: 20 }

/** Throws `STUN_MALFORMED` for a value whose length does not fit its family. RFC 8489 §14.1. */
export function checkAddressValue(name: string, value: Uint8Array): void {
  const family = value[1] ?? 0
  if (value.length !== BYTES_OF_FAMILY[family]) {
    throw new StunError('STUN_MALFORMED', `${name}: ${value.length} bytes, family ${family}`)
  }
}

/** Throws `STUN_INVALID_ARGUMENT` for a port outside of 0 to 65535. */
export function checkPort({ port }: TransportAddress): void {
  if (!(Number.isInteger(port) && port >= 0 && port <= 0xffff)) {
    throw new StunError('STUN_INVALID_ARGUMENT', `port ${port}: not 0 to 65535`)
  }
}

/**
 * Encodes the value of a plain address: MAPPED-ADDRESS, ALTERNATE-SERVER, OTHER-ADDRESS,
 * RESPONSE-ORIGIN, and CHANGED-ADDRESS and SOURCE-ADDRESS of RFC 3489. Throws
 * `STUN_INVALID_ARGUMENT`. RFC 8489 §14.1.
 */
export function encodeMappedAddress(address: TransportAddress): Uint8Array {
  checkPort(address)
  const ip = encodeIpAddress(address.ip)
  const family = ip.length === 4 ? FAMILY_IPV4 : FAMILY_IPV6
  return Uint8Array.of(0, family, address.port >> 8, address.port & 0xff, ...ip)
}

/** Decodes the value of a plain address and ignores its first byte. Throws `STUN_MALFORMED`. RFC 8489 §14.1. */
export function decodeMappedAddress(value: Uint8Array): TransportAddress {
  checkAddressValue('MAPPED-ADDRESS', value)
  const port = ((value[2] ?? 0) << 8) | (value[3] ?? 0)
  return { ip: decodeIpAddress(value.subarray(4)), port }
}
