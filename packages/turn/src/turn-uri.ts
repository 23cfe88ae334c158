import { parseStunUri, StunError } from '@p2pd/stun'
import { TurnError } from './turn-error.ts'

/** The address and transport of a TURN server. RFC 7065. */
export interface TurnUri {
  /** `turns` is TURN over TLS. */
  readonly scheme: 'turn' | 'turns'
  /** A name or a literal address, IPv6 without brackets. */
  readonly host: string
  readonly port: number
  readonly transport: 'udp' | 'tcp'
}

/**
 * Parses `turn:host[:port][?transport=udp|tcp]` or `turns:…`. The grammar is that of RFC 7064 with other scheme names.
 * Throws `TURN_INVALID_URI`. RFC 7065 §3.1.
 */
export function parseTurnUri(uri: string): TurnUri {
  const match = /^turn(s?):(.*)$/is.exec(uri)
  const invalid = (reason: string, cause?: unknown) =>
    new TurnError('TURN_INVALID_URI', `"${uri.slice(0, 300)}": ${reason}`, { cause })
  if (match === null) throw invalid('not of the form turn:HOST[:PORT][?transport=udp|tcp]')
  const [, secure = '', rest = ''] = match
  try {
    const { host, port, transport } = parseStunUri(`stun${secure}:${rest}`)
    return { scheme: secure === '' ? 'turn' : 'turns', host, port, transport }
  } catch (error) {
    if (!(error instanceof StunError)) throw error
    const [, reason = error.message] = /^"[^"]*": (.*)$/s.exec(error.message) ?? []
    throw invalid(reason.replaceAll('stun', 'turn'), error)
  }
}

/** Formats a URI, always with the port, and with a transport that the scheme does not imply. RFC 7065 §3.1. */
export function formatTurnUri({ scheme, host, port, transport }: TurnUri): string {
  const authority = host.includes(':') ? `[${host.replace('%', '%25')}]` : host
  return `${scheme}:${authority}:${port}${scheme === 'turn' ? `?transport=${transport}` : ''}`
}
