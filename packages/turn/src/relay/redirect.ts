import { familyOf, kindOf, sameTransportAddress, type TransportAddress } from '@p2pd/netif'
import { AttributeType, decodeMappedAddress, decodeText, findAttribute, type Message } from '@p2pd/stun'
import { TurnError } from '../turn-error.ts'
import type { Target } from './leg.ts'

/** A list of servers that name each other has an end. */
const MAX_REDIRECTIONS = 3

/**
 * The server that a 300 response names. Throws `TURN_REDIRECTED` after three redirections, for a server tried before, for
 * another family, and for a loopback address unless the server itself has one. RFC 8489 §10, §14.15, §14.16.
 */
export function followRedirection(
  response: Message,
  from: Target,
  tried: readonly TransportAddress[],
): Target {
  const value = findAttribute(response, AttributeType.AlternateServer)
  const refuse = (why: string) => new TurnError('TURN_REDIRECTED', `the server names another one: ${why}`)
  if (value === undefined) throw refuse('without an address')
  const server = decodeMappedAddress(value)
  const domain = findAttribute(response, AttributeType.AlternateDomain)
  if (tried.length > MAX_REDIRECTIONS) throw refuse('for the fourth time')
  if (tried.some((one) => sameTransportAddress(one, server))) throw refuse('one that was tried')
  if (familyOf(server.ip) !== familyOf(from.server.ip)) throw refuse(`of another family, ${server.ip}`)
  const isLocal = kindOf(server.ip) === 'loopback' && kindOf(from.server.ip) !== 'loopback'
  if (isLocal || server.port === 0) throw refuse(`${server.ip}, port ${server.port}`)
  return { ...from, server, serverName: domain === undefined ? from.serverName : decodeText(domain) }
}
