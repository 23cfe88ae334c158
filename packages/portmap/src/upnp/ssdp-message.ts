import { familyOf, type TransportAddress } from '@p2pd/netif'
import { hostField } from '../http/http-url.ts'
import { parseFields } from '../http/http-response.ts'

/** The port of SSDP. UPnP Device Architecture 1.1 §1.3.2. */
export const SSDP_PORT = 1900

/** Where searches go: for IPv6 the link's group and the site's. UPnP Device Architecture 1.1 §1.3.2, annex A.2. */
export const SSDP_GROUPS = { IPv4: ['239.255.255.250'], IPv6: ['ff02::c', 'ff05::c'] } as const

const GATEWAY = 'urn:schemas-upnp-org:device:InternetGatewayDevice'
const SERVICE = 'urn:schemas-upnp-org:service'

/** A gateway of any version answers this one. UPnP Device Architecture 1.1 §1.3.2. */
export const ANY_VERSION = `${GATEWAY}:1`

/** Most gateways answer one of these: some know their own version alone. */
export const FIRST_TARGETS = [ANY_VERSION, `${GATEWAY}:2`] as const

/** All targets, for when nobody answered: some gateways only know their services, some only the root. */
export const ALL_TARGETS = [
  ...FIRST_TARGETS,
  `${SERVICE}:WANIPConnection:1`,
  `${SERVICE}:WANIPConnection:2`,
  `${SERVICE}:WANPPPConnection:1`,
  'upnp:rootdevice',
] as const

/** An answer to a search. */
export interface SsdpResponse {
  /** The URL of the description, as written. */
  readonly location: string
  readonly searchTarget: string
  readonly uniqueServiceName: string
}

/** Longer answers are cut off by the networks that carry them. */
const MAX_RESPONSE_BYTES = 4096

/** Encodes a search; the quotes around MAN's value belong to it. UPnP Device Architecture 1.1 §1.3.2. */
export function encodeSearch(to: TransportAddress, searchTarget: string): Uint8Array {
  // HOST names the port always, and IPv6 groups in capitals, as others send it.
  const host = familyOf(to.ip) === 'IPv6' ? hostField(to).toUpperCase() : hostField(to)
  const lines = [
    'M-SEARCH * HTTP/1.1',
    `HOST: ${host}`,
    'MAN: "ssdp:discover"',
    'MX: 2',
    `ST: ${searchTarget}`,
    '',
    '',
  ]
  return new TextEncoder().encode(lines.join('\r\n'))
}

/** Parses an answer; undefined for what is none, announcements (NOTIFY) included. */
export function parseSsdpResponse(packet: Uint8Array): SsdpResponse | undefined {
  if (packet.length > MAX_RESPONSE_BYTES) return undefined
  const [statusLine = '', ...lines] = new TextDecoder('latin1').decode(packet).split(/\r?\n/)
  if (!/^HTTP\/1\.\d 200\b/.test(statusLine)) return undefined
  const fields = parseFields(lines)
  const location = fields.get('location')
  if (location === undefined || location === '') return undefined
  return {
    location,
    searchTarget: fields.get('st') ?? '',
    uniqueServiceName: fields.get('usn') ?? '',
  }
}
