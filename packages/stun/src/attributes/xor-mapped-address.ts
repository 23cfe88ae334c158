import type { TransportAddress } from '@p2pd/netif'
import { checkTransactionId, MAGIC_COOKIE } from '../message-header.ts'
import { checkAddressValue, decodeMappedAddress, encodeMappedAddress } from './mapped-address.ts'

const PORT_OFFSET = 2
const IP_OFFSET = 4

/**
 * XORs port and IP address in the value of a plain address, which turns it into the XORed one and back. The port
 * takes the first half of the magic cookie; the IP address takes all of it, then the transaction id. RFC 8489 §14.2.
 */
function xorAddress(value: Uint8Array, transactionId: Uint8Array): Uint8Array {
  checkTransactionId(transactionId)
  // An id of RFC 3489 is four bytes longer: those stand where the magic cookie would.
  const key = [...MAGIC_COOKIE, ...transactionId.subarray(-12)]
  return Uint8Array.from(value, (byte, i) => {
    if (i < PORT_OFFSET) return byte
    return byte ^ (key[i < IP_OFFSET ? i - PORT_OFFSET : i - IP_OFFSET] ?? 0)
  })
}

/**
 * Encodes the value of an XORed address: XOR-MAPPED-ADDRESS, and XOR-PEER-ADDRESS and
 * XOR-RELAYED-ADDRESS of TURN. Throws `STUN_INVALID_ARGUMENT`. RFC 8489 §14.2.
 */
export function encodeXorMappedAddress(address: TransportAddress, transactionId: Uint8Array): Uint8Array {
  return xorAddress(encodeMappedAddress(address), transactionId)
}

/**
 * Decodes the value of an XORed address. Throws `STUN_MALFORMED`.
 *
 * The address is XORed with the magic cookie and the transaction id so that NATs which rewrite addresses
 * found in payloads leave it alone. RFC 8489 §14.2.
 */
export function decodeXorMappedAddress(value: Uint8Array, transactionId: Uint8Array): TransportAddress {
  checkAddressValue('XOR-MAPPED-ADDRESS', value)
  return decodeMappedAddress(xorAddress(value, transactionId))
}
