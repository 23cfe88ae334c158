import { familyOf, type TransportAddress } from '@p2pd/netif'
import { isPublic } from './is-public.ts'

/** The reason why a server's answer cannot be true, or undefined when it can. */
export function faultOfAnswer(external: TransportAddress, server: TransportAddress): string | undefined {
  const family = familyOf(server.ip)
  if (familyOf(external.ip) !== family) return `answered ${external.ip} to a question over ${family}`
  if (external.port === 0) return 'answered port 0'
  if (isPublic(server.ip) && !isPublic(external.ip)) return `answered the private address ${external.ip}`
  return undefined
}
