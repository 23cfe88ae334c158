import { isLiteral } from '@p2pd/netif'
import { listIn, type Refuse } from '../wire/cbor.ts'

/** The addresses of TURN servers that a node announces at most: a caller asks two of them. */
export const MAX_TURN_SERVERS = 8

/** The addresses of TURN servers, as texts; undefined for none, which takes no key. */
export function turnServersToWire(servers: readonly string[] = []): readonly string[] | undefined {
  return servers.length > 0 ? servers.slice(0, MAX_TURN_SERVERS) : undefined
}

/** The addresses of TURN servers in a decoded value. Throws what `refuse` makes for any that is not an address. */
export function turnServersFromWire(value: unknown, refuse: Refuse): readonly string[] {
  if (value === undefined) return []
  return listIn(value, MAX_TURN_SERVERS, 'TURN servers', refuse).map((ip) => {
    if (typeof ip !== 'string' || !isLiteral(ip)) throw refuse(`"${String(ip)}" is not an IP address`)
    return ip
  })
}
