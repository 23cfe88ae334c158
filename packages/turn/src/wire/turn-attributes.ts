import type { Family } from '@p2pd/netif'
import { TurnError } from '../turn-error.ts'

/** The codes that coturn up to 4.6 has for ADDITIONAL-ADDRESS-FAMILY and ADDRESS-ERROR-CODE; RFC 8656 came later. */
export const LegacyAttributeType = { AdditionalAddressFamily: 0x8032, AddressErrorCode: 0x8033 } as const

/** The protocol that a relayed address speaks: its number in IP. RFC 8656 §18.7, RFC 6062 §6.2. */
export const RequestedTransport = { Tcp: 6, Udp: 17 } as const

const FAMILY_NUMBERS: Readonly<Record<Family, number>> = { IPv4: 1, IPv6: 2 }

function checkLength(name: string, value: Uint8Array, length: number): void {
  if (value.length !== length)
    throw new TurnError('TURN_MALFORMED', `${name}: ${value.length} bytes, not ${length}`)
}

/** Encodes the value of LIFETIME. Throws `TURN_INVALID_ARGUMENT`. RFC 8656 §18.2. */
export function encodeLifetime(seconds: number): Uint8Array {
  if (!(Number.isInteger(seconds) && seconds >= 0 && seconds <= 0xffffffff)) {
    throw new TurnError('TURN_INVALID_ARGUMENT', `lifetime ${seconds}: not a whole number of seconds`)
  }
  const value = new Uint8Array(4)
  new DataView(value.buffer).setUint32(0, seconds)
  return value
}

/** Decodes the value of LIFETIME, in seconds. Throws `TURN_MALFORMED`. RFC 8656 §18.2. */
export function decodeLifetime(value: Uint8Array): number {
  checkLength('LIFETIME', value, 4)
  return new DataView(value.buffer, value.byteOffset).getUint32(0)
}

/** Encodes the value of CHANNEL-NUMBER. RFC 8656 §18.1. */
export function encodeChannelNumber(channel: number): Uint8Array {
  return Uint8Array.of(channel >> 8, channel & 0xff, 0, 0)
}

/** Decodes the value of CHANNEL-NUMBER. Throws `TURN_MALFORMED`. RFC 8656 §18.1. */
export function decodeChannelNumber(value: Uint8Array): number {
  checkLength('CHANNEL-NUMBER', value, 4)
  return new DataView(value.buffer, value.byteOffset).getUint16(0)
}

/** Encodes the value of REQUESTED-TRANSPORT. RFC 8656 §18.7. */
export function encodeRequestedTransport(protocol: number): Uint8Array {
  return Uint8Array.of(protocol, 0, 0, 0)
}

/** Decodes the value of REQUESTED-TRANSPORT: any protocol number. Throws `TURN_MALFORMED`. RFC 8656 §18.7. */
export function decodeRequestedTransport(value: Uint8Array): number {
  checkLength('REQUESTED-TRANSPORT', value, 4)
  return value[0] ?? 0
}

/** Encodes the value of REQUESTED-ADDRESS-FAMILY or ADDITIONAL-ADDRESS-FAMILY. RFC 8656 §18.6, §18.11. */
export function encodeAddressFamily(family: Family): Uint8Array {
  return Uint8Array.of(FAMILY_NUMBERS[family], 0, 0, 0)
}

/** Decodes an address family; undefined for one that has no number here. Throws `TURN_MALFORMED`. RFC 8656 §18.6. */
export function decodeAddressFamily(value: Uint8Array): Family | undefined {
  checkLength('REQUESTED-ADDRESS-FAMILY', value, 4)
  if (value[0] === FAMILY_NUMBERS.IPv4) return 'IPv4'
  return value[0] === FAMILY_NUMBERS.IPv6 ? 'IPv6' : undefined
}

/** The value of ADDRESS-ERROR-CODE: the family without a relayed address, and why. RFC 8656 §18.12. */
export interface AddressErrorCode {
  readonly family: Family | undefined
  readonly code: number
  readonly reason: string
}

/** Encodes the value of ADDRESS-ERROR-CODE. RFC 8656 §18.12. */
export function encodeAddressErrorCode(family: Family, code: number, reason: string): Uint8Array {
  const phrase = new TextEncoder().encode(reason)
  return Uint8Array.of(FAMILY_NUMBERS[family], 0, Math.floor(code / 100), code % 100, ...phrase)
}

/** Decodes the value of ADDRESS-ERROR-CODE. Throws `TURN_MALFORMED`. RFC 8656 §18.12. */
export function decodeAddressErrorCode(value: Uint8Array): AddressErrorCode {
  const [family = 0, , hundreds = 0, number = 0] = value
  if (value.length < 4) throw new TurnError('TURN_MALFORMED', `ADDRESS-ERROR-CODE: ${value.length} bytes`)
  const reason = new TextDecoder().decode(value.subarray(4))
  const known = family === FAMILY_NUMBERS.IPv4 ? 'IPv4' : family === FAMILY_NUMBERS.IPv6 ? 'IPv6' : undefined
  return { family: known, code: (hundreds & 0b111) * 100 + number, reason }
}

/** Encodes the value of EVEN-PORT: whether the next port is to be reserved as well. RFC 8656 §18.5. */
export function encodeEvenPort(reserve: boolean): Uint8Array {
  return Uint8Array.of(reserve ? 0x80 : 0)
}

/** Decodes the value of EVEN-PORT. Throws `TURN_MALFORMED`. RFC 8656 §18.5. */
export function decodeEvenPort(value: Uint8Array): boolean {
  checkLength('EVEN-PORT', value, 1)
  return ((value[0] ?? 0) & 0x80) !== 0
}

/** Length of RESERVATION-TOKEN. RFC 8656 §18.9. */
export const RESERVATION_TOKEN_BYTES = 8

/** Length of CONNECTION-ID, which is opaque. RFC 6062 §6.2.1. */
export const CONNECTION_ID_BYTES = 4
