import { decode, encode } from 'cborg'
import { type Candidate, MAX_CANDIDATES, prioritized } from '../candidates/candidate.ts'
import { isLiteral } from '@p2pd/netif'

/**
 * What addresses and signalling messages have in common on the wire: canonical CBOR (RFC 8949 §4.2.1)
 * arrays of integers, byte strings and texts.
 */
export const encodeCbor = (value: unknown): Uint8Array => encode(value)

/** Candidates are at most this deep; whatever nests deeper is not ours. */
const STRICT = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowNaN: false,
  allowInfinity: false,
}

/** Decodes one CBOR array, or gives undefined for any other bytes. RFC 8949. */
export function decodeCborArray(bytes: Uint8Array): readonly unknown[] | undefined {
  try {
    const value: unknown = decode(bytes, STRICT)
    return Array.isArray(value) ? value : undefined
  } catch {
    // Whatever cborg found wrong, the bytes are not a message; the caller says which message they should have been.
    return undefined
  }
}

const KINDS = ['host', 'server-reflexive', 'relayed'] as const

/** A candidate as `[kind, ip, port]`; its place in the list tells its priority. */
export function candidateToWire({
  kind,
  ip,
  port,
}: Omit<Candidate, 'priority'>): readonly [number, string, number] {
  return [KINDS.indexOf(kind), ip, port]
}

/** The candidates in a decoded value, or what is wrong with them. */
export function candidatesFromWire(value: unknown): Candidate[] | string {
  if (!Array.isArray(value)) return 'the candidates are not a list'
  if (value.length > MAX_CANDIDATES) return `${value.length} candidates are more than ${MAX_CANDIDATES}`
  const candidates: Omit<Candidate, 'priority'>[] = []
  for (const entry of value as unknown[]) {
    const [index, ip, port] = Array.isArray(entry) ? (entry as unknown[]) : []
    const kind = typeof index === 'number' ? KINDS[index] : undefined
    if (kind === undefined) return `unknown kind of candidate ${String(index)}`
    if (typeof ip !== 'string' || !isLiteral(ip) || ip.includes('%'))
      return `"${String(ip)}" is not an IP address`
    if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) {
      return `${String(port)} is not a port`
    }
    candidates.push({ kind, ip, port })
  }
  return prioritized(candidates)
}
