import { createSocket } from 'node:dgram'
import type { DefaultSources } from '../../routes/system-route.ts'
import type { Family } from '../../ip/family.ts'
import { isExhaustion, translateOsError } from '../sockets/os-error.ts'

/**
 * Addresses far away: two of the root name servers' (a and j), for which nobody keeps a route of their
 * own. Nothing is sent to them: connecting a UDP socket only asks the routing table.
 */
const FAR_AWAY: Readonly<Record<Family, string>> = { IPv4: '198.41.0.4', IPv6: '2001:503:ba3e::2:30' }
const DOMAIN_PORT = 53 // any will do

/**
 * The source address the kernel picks for the Internet. It follows policy rules and VPNs' own tables,
 * which `/proc` does not show.
 */
export async function defaultSources(): Promise<DefaultSources> {
  const [IPv4, IPv6] = await Promise.all([defaultSource('IPv4'), defaultSource('IPv6')])
  return { ...(IPv4 !== undefined && { IPv4 }), ...(IPv6 !== undefined && { IPv6 }) }
}

/**
 * As `defaultSources`, for one family; undefined when no route leads there. Fails only when the process has no descriptors
 * or buffers left: then nothing is known.
 */
export function defaultSource(family: Family): Promise<string | undefined> {
  const ip = FAR_AWAY[family]
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type: family === 'IPv6' ? 'udp6' : 'udp4',
      lookup: (host, _options, callback) => callback(null, host, family === 'IPv6' ? 6 : 4),
    })
    // No route, or no such family: an answer as well.
    socket.on('error', (error) => {
      socket.close()
      if (isExhaustion(error)) reject(translateOsError(error, `ask for the route to ${ip}`))
      else resolve(undefined)
    })
    socket.connect(DOMAIN_PORT, ip, () => {
      const { address } = socket.address()
      socket.close()
      resolve(address)
    })
  })
}
