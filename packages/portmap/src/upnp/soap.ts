import { PortmapError } from '../portmap-error.ts'
import { describeUpnpError } from './upnp-error-code.ts'
import { allElements, childOf, escapeXml, parseXml, type XmlElement } from './xml.ts'

/** Arguments in the order of the service's description, which some gateways insist on. */
export type SoapArguments = readonly (readonly [name: string, value: string | number])[]

/** The values that an action returned, by argument name. */
export type SoapResult = ReadonlyMap<string, string>

/** Encodes the body of an action. UPnP Device Architecture 1.1 §3.1.1. */
export function encodeSoap(serviceType: string, action: string, args: SoapArguments): string {
  const fields = args.map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`).join('')
  return (
    '<?xml version="1.0"?>\r\n' +
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ' +
    's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">' +
    `<s:Body><u:${action} xmlns:u="${escapeXml(serviceType)}">${fields}</u:${action}></s:Body></s:Envelope>\r\n`
  )
}

/**
 * Reads an answer: the result, or the gateway's error as `PORTMAP_UPNP` with its number. Gateways answer errors with
 * status 500, some with 200. Throws `PORTMAP_HTTP` for anything else. UPnP Device Architecture 1.1 §3.2.1, §3.2.5.
 */
export function parseSoap(action: string, status: number, text: string): SoapResult {
  const body = parseBody(text)
  const elements = body === undefined ? [] : [...allElements(body)]
  const code = elements.find(({ name }) => name === 'errorCode')?.text
  if (code !== undefined && /^\d{1,4}$/.test(code)) throw upnpError(action, Number(code))
  const response = elements.find(({ name }) => name === `${action}Response`)
  if (status === 200 && response !== undefined) {
    return new Map(response.children.map(({ name, text: value }) => [name, value]))
  }
  throw new PortmapError('PORTMAP_HTTP', `${action}: status ${status} without a UPnP answer`, {
    gatewayCode: status,
  })
}

function parseBody(text: string): XmlElement | undefined {
  try {
    const envelope = parseXml(text)
    return childOf(envelope, 'Body') ?? envelope
  } catch {
    // An error page in HTML, or nothing: the status says enough.
    return undefined
  }
}

function upnpError(action: string, code: number): PortmapError {
  return new PortmapError('PORTMAP_UPNP', `${action}: ${describeUpnpError(code)}`, { gatewayCode: code })
}
