import type { TransportAddress } from '@p2pd/netif'
import { decodeIpAddress, encodeIpAddress } from './ip-address.ts'
import { checkAddressValue, checkPort } from './mapped-address.ts'
import { decodeXorAddress, encodeXorAddress } from '../stun-package.ts'

/** The part of an id that addresses are XORed with: what follows the magic cookie's place. */
function xorId(transactionId: Uint8Array): Uint8Array {
  return transactionId.subarray(-12)
}

/**
 * Encodes the value of an XORed address: XOR-MAPPED-ADDRESS, and XOR-PEER-ADDRESS and
 * XOR-RELAYED-ADDRESS of TURN. RFC 8489 §14.2.
 */
export function encodeXorMappedAddress(address: TransportAddress, transactionId: Uint8Array): Uint8Array {
  checkPort(address)
  const ip = decodeIpAddress(encodeIpAddress(address.ip))
  return encodeXorAddress({ ip, port: address.port }, xorId(transactionId))
}

/**
 * Decodes the value of an XORed address.
 *
 * It is XORed with the magic cookie and the transaction id so that NATs which rewrite addresses
 * found in payloads leave it alone. RFC 8489 §14.2.
 */
export function decodeXorMappedAddress(value: Uint8Array, transactionId: Uint8Array): TransportAddress {
  checkAddressValue('XOR-MAPPED-ADDRESS', value)
  return decodeXorAddress(value, xorId(transactionId))
}
