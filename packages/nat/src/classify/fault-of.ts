import { familyOf, type TransportAddress } from '@p2pd/netif'
import { isPublic } from './is-public.ts'

/** Why a server's answer cannot be true, whatever others say; undefined when it can. */
export function faultOf(external: TransportAddress, server: TransportAddress): string | undefined {
  const family = familyOf(server.ip)
  if (familyOf(external.ip) !== family) return `answered ${external.ip} to a question over ${family}`
  if (external.port === 0) return 'answered port 0'
  if (isPublic(server.ip) && !isPublic(external.ip)) return `answered the private address ${external.ip}`
  return undefined
}
