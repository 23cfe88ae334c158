import { drive, familyOf, formatTransportAddress } from '@p2pd/netif'
import { sameHost } from '../exchange/datagram-exchange.ts'
import {
  type GatewayAddress,
  type GatewayPolicy,
  type PortmapPorts,
  type Refused,
  tieOf,
} from '../gateway/mapping-request.ts'
import { exchangeHttp, type HttpPorts } from '../http/http-exchange.ts'
import type { HttpUrl } from '../http/http-url.ts'
import { PortmapError } from '../portmap-error.ts'
import { decodeText } from './call-action.ts'
import {
  firewallServices,
  type GatewayDescription,
  ipv4Services,
  parseDeviceDescription,
} from './device-description.ts'
import { isOnLink, locationToFetch } from './location-policy.ts'
import { SSDP_GROUPS } from './ssdp-message.ts'
import { type SsdpAnswer, SsdpSearch } from './ssdp-search.ts'
import { notFound } from './upnp-refusal.ts'

/** A gateway found by SSDP, with the services of the family that was asked for. */
export interface FoundIgd {
  readonly type: 'found'
  readonly description: GatewayDescription
}

/** Where discovery starts from. */
export interface DiscoveryOptions {
  readonly gateway: GatewayAddress
  readonly localIp: string
  readonly policy: GatewayPolicy
  /** Called when the gateway has answered the search; its description may take seconds. */
  readonly onAnswer?: () => void
  readonly signal?: AbortSignal
}

/**
 * Searches for the gateway and fetches its description. The gateway's own first answer leads to it. When that is of
 * no use, the answers of all hosts are tried. UPnP Device Architecture 1.1 §1.3, §2.
 */
export async function discoverIgd(
  ports: PortmapPorts,
  options: DiscoveryOptions,
): Promise<FoundIgd | Refused> {
  const protocol = familyOf(options.gateway.ip) === 'IPv4' ? 'upnp' : 'upnp-pinhole'
  const tried = new Map<string, string>()
  for (const eager of [true, false]) {
    const answers = await search(ports, options, eager)
    if (answers.some(({ from }) => sameHost(from.ip, options.gateway.ip))) options.onAnswer?.()
    for (const answer of answers) {
      const description = await describe(ports, options, answer, tried)
      if (description !== undefined) return { type: 'found', description }
    }
    if (answers.length === 0) break
  }
  return notFound(
    protocol,
    [...tried].map(([what, why]) => `${what} ${why}`),
  )
}

/** The description that an answer leads to, when it serves the family; notes in `tried` why it does not. */
async function describe(
  ports: PortmapPorts,
  { gateway, localIp, policy, signal }: DiscoveryOptions,
  { location, from }: SsdpAnswer,
  tried: Map<string, string>,
): Promise<GatewayDescription | undefined> {
  const asked = { ...gateway, allowLoopback: policy.allowLoopback }
  const url = isOnLink(from.ip, asked) ? locationToFetch(location, from, asked) : undefined
  if (url === undefined) {
    tried.set(location.slice(0, 100), `of ${from.ip} is not asked`)
    return undefined
  }
  const key = formatTransportAddress(url.authority) + url.path
  if (tried.has(key)) return undefined
  try {
    const description = await fetchDescription(httpPorts(ports, gateway, localIp), url, signal)
    if (servicesFor(gateway.ip, description).length > 0) return description
    tried.set(key, `has no service for ${familyOf(gateway.ip)}`)
  } catch (error) {
    signal?.throwIfAborted()
    tried.set(key, `failed: ${error instanceof Error ? error.message : String(error)}`)
  }
  return undefined
}

/** The ports of the HTTP client for one gateway. */
export function httpPorts(
  { network, clock }: PortmapPorts,
  gateway: GatewayAddress,
  localIp: string,
): HttpPorts {
  return { network, clock, localIp, ...tieOf(gateway) }
}

/** The services that serve a family, best first. */
export function servicesFor(ip: string, { services }: GatewayDescription) {
  return familyOf(ip) === 'IPv4' ? ipv4Services(services) : firewallServices(services)
}

async function search(
  { network, clock, bindMulticast }: PortmapPorts,
  { gateway, localIp, policy, signal }: DiscoveryOptions,
  eager: boolean,
): Promise<readonly SsdpAnswer[]> {
  const bind = bindMulticast ?? network.bindUdp.bind(network)
  const socket = await bind({ local: { ip: localIp, port: 0 }, interfaceName: gateway.nic.name })
  const family = familyOf(gateway.ip)
  const zone = family === 'IPv6' ? `%${gateway.nic.name}` : ''
  const port = policy.ssdpPort
  const targets = {
    unicast: { ip: gateway.ip, port },
    multicast: SSDP_GROUPS[family].map((ip) => ({ ip: `${ip}${zone}`, port })),
    eager,
    others: gateway.others,
  }
  try {
    return await drive(new SsdpSearch(targets), socket, clock, signal)
  } finally {
    socket.close()
  }
}

async function fetchDescription(
  ports: HttpPorts,
  url: HttpUrl,
  signal: AbortSignal | undefined,
): Promise<GatewayDescription> {
  const { status, body } = await exchangeHttp(ports, { url }, signal === undefined ? {} : { signal })
  if (status !== 200) throw new PortmapError('PORTMAP_HTTP', `status ${status}`, { gatewayCode: status })
  return parseDeviceDescription(decodeText(body), url)
}
