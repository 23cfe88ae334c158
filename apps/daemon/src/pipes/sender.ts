import { canonicalIp, isLiteral, type TransportAddress } from '@p2pd/netif'
import { compilePattern } from './pattern.ts'

/** `('127.0.0.1', 0)` as Python writes it, or `["127.0.0.1", 0]`. */
const TUPLE = /^[([]\s*b?['"]([0-9a-fA-F:.]+)['"]\s*,\s*(\d{1,5})\s*[)\]]$/

/**
 * Compiles the sender that a client of P2PD names. It is a tuple of address and port, where port 0 stands for any, or a
 * pattern for `address:port`. Throws `DAEMON_BAD_PATTERN`.
 */
export function compileSender(text: string): (from: TransportAddress) => boolean {
  const [, ip, port] = TUPLE.exec(text) ?? []
  if (ip !== undefined && isLiteral(ip)) {
    const [wantedIp, wantedPort] = [canonicalIp(ip), Number(port)]
    return (from) => canonicalIp(from.ip) === wantedIp && (wantedPort === 0 || from.port === wantedPort)
  }
  const matches = compilePattern(text)
  const encoder = new TextEncoder()
  return ({ ip: from, port: fromPort }) => matches(encoder.encode(`${from}:${fromPort}`))
}
