import { type HttpUrl, parseHttpUrl, resolveHttpUrl } from '../http/http-url.ts'
import { PortmapError } from '../portmap-error.ts'
import { controlToAsk } from './location-policy.ts'
import { allElements, childOf, parseXml, type XmlElement } from './xml.ts'

/** The services that port mappings are asked of. */
export type WanServiceName = 'WANIPConnection' | 'WANPPPConnection' | 'WANIPv6FirewallControl'

/** One of them, as a description lists it. UPnP Device Architecture 1.1 §2.3. */
export interface WanService {
  readonly name: WanServiceName
  readonly version: number
  /** As written, for SOAP. */
  readonly serviceType: string
  readonly controlUrl: HttpUrl
}

/** A description, as far as mappings go. */
export interface GatewayDescription {
  /** The version of InternetGatewayDevice; 1 when the root device is another one. */
  readonly version: number
  readonly friendlyName: string
  readonly services: readonly WanService[]
}

const SERVICE = /^urn:[^:]+:service:(WANIPConnection|WANPPPConnection|WANIPv6FirewallControl):(\d{1,2})$/
const GATEWAY = /^urn:[^:]+:device:InternetGatewayDevice:(\d{1,2})$/
/** A gateway with more is not one. */
const MAX_SERVICES = 16

/** Reads a description; services without a usable control URL are left out. UPnP Device Architecture 1.1 §2.3. */
export function parseDeviceDescription(text: string, fetchedFrom: HttpUrl): GatewayDescription {
  const root = parseXml(text)
  const device = childOf(root, 'device')
  if (device === undefined)
    throw new PortmapError('PORTMAP_MALFORMED', `a description without a device: ${root.name}`)
  const base = baseUrl(root, fetchedFrom)
  const services: WanService[] = []
  for (const element of allElements(device)) {
    const service =
      element.name.toLowerCase() === 'service' ? parseService(element, base, fetchedFrom) : undefined
    if (service !== undefined && services.length < MAX_SERVICES) services.push(service)
  }
  return {
    version: Number(GATEWAY.exec(textOf(device, 'deviceType'))?.[1] ?? 1),
    friendlyName: textOf(device, 'friendlyName').slice(0, 100),
    services,
  }
}

/** URLBase counts when it names the host that the description came from; else the description's own URL does. */
function baseUrl(root: XmlElement, fetchedFrom: HttpUrl): HttpUrl {
  const base = parseHttpUrl(textOf(root, 'URLBase'))
  return base !== undefined && base.authority.ip === fetchedFrom.authority.ip ? base : fetchedFrom
}

function parseService(element: XmlElement, base: HttpUrl, fetchedFrom: HttpUrl): WanService | undefined {
  const serviceType = textOf(element, 'serviceType')
  const [, name, version] = SERVICE.exec(serviceType) ?? []
  const control = textOf(element, 'controlURL')
  if (name === undefined || control === '') return undefined
  try {
    const controlUrl = controlToAsk(resolveHttpUrl(control, base), fetchedFrom)
    return { name: name as WanServiceName, version: Number(version), serviceType, controlUrl }
  } catch {
    // A service that cannot be asked is as good as none; the others count.
    return undefined
  }
}

function textOf(element: XmlElement, name: string): string {
  return childOf(element, name)?.text ?? ''
}

/** The order to try services for IPv4 in: WANIPConnection:2, then :1, then WANPPPConnection. */
export function ipv4Services(services: readonly WanService[]): WanService[] {
  const rank = ({ name, version }: WanService) => (name === 'WANPPPConnection' ? 0 : version)
  return services
    .filter(({ name }) => name !== 'WANIPv6FirewallControl')
    .toSorted((a, b) => rank(b) - rank(a))
}

/** The services that open an IPv6 firewall. */
export function firewallServices(services: readonly WanService[]): WanService[] {
  return services.filter(({ name }) => name === 'WANIPv6FirewallControl')
}
