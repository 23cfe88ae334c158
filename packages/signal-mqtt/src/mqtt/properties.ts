import { decodeVariableLength } from './packet-splitter.ts'

/** The properties that this client reads or sends. MQTT 5.0 §2.2.2.2. */
export const Property = {
  ServerKeepAlive: 0x13,
  ReceiveMaximum: 0x21,
  RetainAvailable: 0x25,
  MaximumPacketSize: 0x27,
} as const

/** Bytes of the value of each property; a text or bytes have their length in front, and some are pairs of texts. MQTT 5.0 §2.2.2.2. */
const SIZES: Readonly<Record<number, number | 'text' | 'texts' | 'variable'>> = {
  0x01: 1,
  0x02: 4,
  0x03: 'text',
  0x08: 'text',
  0x09: 'text',
  0x0b: 'variable',
  0x11: 4,
  0x12: 'text',
  0x13: 2,
  0x15: 'text',
  0x16: 'text',
  0x17: 1,
  0x18: 4,
  0x19: 1,
  0x1a: 'text',
  0x1c: 'text',
  0x1f: 'text',
  0x21: 2,
  0x22: 2,
  0x23: 2,
  0x24: 1,
  0x25: 1,
  0x26: 'texts',
  0x27: 4,
  0x28: 1,
  0x29: 1,
  0x2a: 1,
}

/**
 * The properties of one, two or four bytes, by their identifiers. Reading stops at what is unknown or cut short: a broker that
 * sends such a thing is used for what it said before.
 */
export function decodeProperties(bytes: Uint8Array, start: number): ReadonlyMap<number, number> {
  const numbers = new Map<number, number>()
  const length = decodeVariableLength(bytes, start)
  if (length === undefined) return numbers
  const end = Math.min(bytes.length, length.end + length.value)
  for (let at = length.end; at < end; ) {
    const identifier = bytes[at] ?? 0
    const next = valueEnd(bytes, at + 1, SIZES[identifier])
    if (next === undefined || next > end) break
    if (typeof SIZES[identifier] === 'number') numbers.set(identifier, numberOf(bytes.subarray(at + 1, next)))
    at = next
  }
  return numbers
}

function valueEnd(
  bytes: Uint8Array,
  at: number,
  size: (typeof SIZES)[number] | undefined,
): number | undefined {
  switch (size) {
    case undefined:
      return undefined
    case 'variable':
      return decodeVariableLength(bytes, at)?.end
    case 'text':
      return textEnd(bytes, at)
    case 'texts':
      return textEnd(bytes, textEnd(bytes, at))
    default:
      return at + size
  }
}

function textEnd(bytes: Uint8Array, at: number): number {
  return at + 2 + numberOf(bytes.subarray(at, at + 2))
}

/** Big-endian. MQTT 5.0 §1.5.2. */
export function numberOf(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0)
}
