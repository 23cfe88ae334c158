import { familyOf, type Interface, IpRange, kindOf, splitZone, type TransportAddress } from '@p2pd/netif'
import { sameHost } from '../exchange/datagram-exchange.ts'
import { type HttpUrl, parseHttpUrl, unwrapMapped } from '../http/http-url.ts'

/** The gateway that is asked, and the NIC. */
export interface AskedGateway {
  /** As dialled: a link-local IPv6 address has its zone. */
  readonly ip: string
  readonly nic: Interface
  /** A loopback address may be asked: for tests and examples that bring a gateway of their own. */
  readonly allowLoopback: boolean
}

/** Addresses that no gateway has. `link-local` stays possible for IPv6, where gateways live on it. */
const NEVER = new Set(['unspecified', 'multicast', 'broadcast', 'reserved'])

/**
 * The URL to fetch a description from, or undefined when it is refused.
 *
 * Any host on the LAN can send a LOCATION, so only the asked gateway is dialled. Another address in the URL gives way to
 * the gateway's own; the path and port stay. Gateways with a floating address name another one, and some a wrong one.
 * Over IPv6, where a gateway has several addresses, the sender's own counts too when it is on the link.
 */
export function locationToFetch(
  location: string,
  sender: TransportAddress,
  gateway: AskedGateway,
): HttpUrl | undefined {
  const url = parseHttpUrl(location)
  if (url === undefined || familyOf(url.authority.ip) !== familyOf(gateway.ip)) return undefined
  const { port } = url.authority
  if (
    familyOf(gateway.ip) === 'IPv6' &&
    sameHost(url.authority.ip, sender.ip) &&
    isOnLink(sender.ip, gateway)
  ) {
    return allowed({ ...url, authority: { ip: withZoneOf(sender.ip, gateway), port } }, gateway)
  }
  return allowed({ ...url, authority: { ip: gateway.ip, port } }, gateway)
}

/** A control URL must stay on the host that the description came from; another host in it gives way. */
export function controlToAsk(control: HttpUrl, description: HttpUrl): HttpUrl {
  return { ...control, authority: { ip: description.authority.ip, port: control.authority.port } }
}

/** Whether an address is one of the NIC's links. RFC 4861 §2.1. */
export function isOnLink(ip: string, { nic }: AskedGateway): boolean {
  const bare = unwrapMapped(splitZone(ip).ip)
  const kind = kindOf(bare)
  if (familyOf(bare) === 'IPv6' && kind === 'link-local') return true
  return nic.addresses.some(({ ip: own, prefixLength, family }) => {
    return family === familyOf(bare) && new IpRange(own, prefixLength).contains(bare)
  })
}

function allowed(url: HttpUrl, gateway: AskedGateway): HttpUrl | undefined {
  const kind = kindOf(splitZone(url.authority.ip).ip)
  if (kind === 'loopback') return gateway.allowLoopback ? url : undefined
  if (NEVER.has(kind)) return undefined
  return kind === 'link-local' && familyOf(url.authority.ip) === 'IPv4' ? undefined : url
}

function withZoneOf(ip: string, { nic }: AskedGateway): string {
  const { ip: bare, zone } = splitZone(ip)
  return kindOf(bare) === 'link-local' ? `${bare}%${zone ?? nic.name}` : bare
}
