import { isIpv4, isIpv6, splitZone } from '../ip/ip-literal.ts'
import { canonicalIp } from '../ip/ip-number.ts'
import type { SystemRoute } from '../routes/system-route.ts'
import type { Family } from '../ip/family.ts'

/**
 * Parses `netstat -rn` of macOS and the BSDs. Columns came and went (`Refs` and `Use` until 10.15), so that the
 * header says where they are; a heading names the family.
 *
 * There are no metrics except on OpenBSD (`Prio`). Of two default routes the one bound to its NIC (flag `I`) is only for sockets
 * that are bound to that NIC as well. It gets the higher metric. Otherwise the first one counts.
 */
export function parseNetstatRoutes(text: string): SystemRoute[] {
  const routes: SystemRoute[] = []
  let family: Family = 'IPv4'
  let columns: readonly string[] = []
  for (const line of text.split(/\r?\n/)) {
    const words = line.trim().split(/\s+/)
    if (/^Internet6?:/.test(line)) family = line.startsWith('Internet6') ? 'IPv6' : 'IPv4'
    else if (words[0] === 'Destination') columns = words
    else routes.push(...(parseRoute(words, columns, family, routes.length) ?? []))
  }
  return routes
}

/** More than any table has lines. */
const SCOPED_PENALTY = 100_000

function parseRoute(
  words: readonly string[],
  columns: readonly string[],
  family: Family,
  position: number,
): SystemRoute[] | undefined {
  const cell = (name: string) => words[columns.indexOf(name)]
  const block = parseDestination(cell('Destination'), family)
  const flags = cell('Flags')
  const nic = cell('Netif') ?? cell('Iface') ?? cell('Interface')
  if (block === undefined || flags === undefined || nic === undefined || /[RB]/.test(flags)) return undefined
  const gateway = parseGateway(cell('Gateway'))
  const metric = Number(cell('Prio') ?? position) + (flags.includes('I') ? SCOPED_PENALTY : 0)
  return [{ family, nic, ...block, ...(gateway !== undefined && { gateway }), metric }]
}

/** `default`, `0/1`, `128.0/1`, `192.168.1`, `::/1`: missing parts are zero, a missing length follows from them. */
function parseDestination(
  text: string | undefined,
  family: Family,
): { destination: string; prefixLength: number } | undefined {
  if (text === 'default') return { destination: family === 'IPv4' ? '0.0.0.0' : '::', prefixLength: 0 }
  const [address = '', length] = text?.split('/') ?? []
  if (family === 'IPv6') {
    const { ip } = splitZone(address)
    return isIpv6(ip) ? { destination: canonicalIp(ip), prefixLength: Number(length ?? 128) } : undefined
  }
  const parts = address.split('.')
  const destination = [...parts, '0', '0', '0'].slice(0, Math.max(4, parts.length)).join('.')
  return isIpv4(destination) ? { destination, prefixLength: Number(length ?? 8 * parts.length) } : undefined
}

/** A router's address; `link#4`, a MAC or a NIC's name mean that there is none. */
function parseGateway(text: string | undefined): string | undefined {
  const { ip } = splitZone(text ?? '')
  return isIpv4(ip) || isIpv6(ip) ? canonicalIp(ip) : undefined
}
