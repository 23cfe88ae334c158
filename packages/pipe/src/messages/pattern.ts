import { canonicalIp, checkTransportAddress, splitZone, type TransportAddress } from '@p2pd/netif'
import { checked, PipeError } from '../pipe-error.ts'

/** A message as it arrived: a chunk of a stream, or one datagram. Read it, do not write to it. */
export interface Message {
  readonly data: Uint8Array
  readonly from: TransportAddress
}

/**
 * Tests text: a `RegExp`, or an engine of linear time for patterns that strangers wrote. The text has
 * one character per byte (ISO 8859-1), so that `/^\xff\x00/` finds those bytes.
 */
export interface TextPattern {
  test(text: string): boolean
}

/** The content that a message must have: text that a pattern finds, or these bytes in a row. */
export type Pattern = TextPattern | Uint8Array

/** The messages that are wanted. */
export interface Filter {
  /** @default any content */
  readonly match?: Pattern
  /** Port 0 stands for any port of the address. @default anybody */
  readonly from?: TransportAddress
}

/** A filter made ready; undefined lets everything through. */
export type Predicate = ((message: Message) => boolean) | undefined

/** Makes a filter ready for many messages. */
export function compileFilter({ match, from }: Filter): Predicate {
  const content = match === undefined ? undefined : compilePattern(match)
  const sender = from === undefined ? undefined : compileSender(from)
  if (content === undefined || sender === undefined) return content ?? sender
  return (message) => sender(message) && content(message)
}

function compilePattern(match: Pattern): Predicate {
  if (match instanceof Uint8Array) return ({ data }) => contains(data, match)
  if (match instanceof RegExp) {
    // A copy: with the flags g and y the original remembers where it stopped.
    const own = new RegExp(match)
    return ({ data }) => {
      own.lastIndex = 0
      return own.test(latin1(data))
    }
  }
  if (typeof (match as { test?: unknown } | null)?.test !== 'function') {
    throw new PipeError('PIPE_INVALID_ARGUMENT', `neither a pattern nor bytes: ${JSON.stringify(match)}`)
  }
  return ({ data }) => match.test(latin1(data))
}

function compileSender(from: TransportAddress): Predicate {
  checked(() => checkTransportAddress(from))
  const same = compileIp(from.ip)
  return (message) => (from.port === 0 || message.from.port === from.port) && same(message.from.ip)
}

/**
 * Compares with an address as the system writes it. A zone given as a number goes for any: systems
 * tell it by name. RFC 5952, RFC 4007 §11.
 */
export function compileIp(ip: string): (other: string) => boolean {
  const { ip: bare, zone } = splitZone(ip)
  const address = canonicalIp(bare)
  if (zone !== undefined && /^\d+$/.test(zone)) return (other) => splitZone(other).ip === address
  const text = zone === undefined ? address : `${address}%${zone}`
  return (other) => other === text
}

function contains(data: Uint8Array, wanted: Uint8Array): boolean {
  const first = wanted[0]
  if (first === undefined) return true
  for (let at = data.indexOf(first); at >= 0; at = data.indexOf(first, at + 1)) {
    if (at + wanted.length > data.length) return false
    if (wanted.every((byte, i) => data[at + i] === byte)) return true
  }
  return false
}

/** Arguments of one call: engines allow some 65,000, the stack less. */
const CHUNK = 8192

function latin1(data: Uint8Array): string {
  let text = ''
  for (let at = 0; at < data.length; at += CHUNK) {
    text += String.fromCharCode(...data.subarray(at, at + CHUNK))
  }
  return text
}
