import { exchangeHttp, type HttpPorts } from '../http/http-exchange.ts'
import { PortmapError } from '../portmap-error.ts'
import type { WanService } from './device-description.ts'
import { encodeSoap, parseSoap, type SoapArguments, type SoapResult } from './soap.ts'

/** Calls an action of a service. UPnP Device Architecture 1.1 §3.1. */
export async function callAction(
  ports: HttpPorts,
  service: WanService,
  action: string,
  args: SoapArguments,
  options: { readonly limitMs?: number; readonly signal?: AbortSignal } = {},
): Promise<SoapResult> {
  const body = encodeSoap(service.serviceType, action, args)
  const soap = { action: `${service.serviceType}#${action}`, body }
  const response = await exchangeHttp(ports, { url: service.controlUrl, soap }, options)
  return parseSoap(action, response.status, decodeText(response.body))
}

/** The numbers and texts that are read here are ASCII; bytes that are not UTF-8 do no harm elsewhere. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** An argument that must be a port. RFC 9293 §3.1. */
export function portOf(result: SoapResult, name: string): number {
  const text = result.get(name) ?? ''
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port > 0 && port <= 65535) return port
  throw new PortmapError('PORTMAP_MALFORMED', `${name} is not a port: ${JSON.stringify(text.slice(0, 40))}`)
}

/** The UPnP error code of a failure, if it is one. */
export function upnpCodeOf(error: unknown): number | undefined {
  return error instanceof PortmapError && error.code === 'PORTMAP_UPNP' ? error.gatewayCode : undefined
}
