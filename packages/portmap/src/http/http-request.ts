import { type HttpUrl, hostField } from './http-url.ts'

/** A request to a gateway's web server. */
export interface HttpRequest {
  readonly url: HttpUrl
  /** A SOAP action; without one it is a GET. */
  readonly soap?: { readonly action: string; readonly body: string }
}

const CRLF = '\r\n'

/**
 * Encodes a request with its fields in the order that gateways are used to: some misread SOAPAction when it is the
 * last one. The answer ends with the connection. RFC 9112 §3, UPnP Device Architecture 1.1 §3.1.1.
 */
export function encodeHttpRequest({ url, soap }: HttpRequest): Uint8Array {
  const encoder = new TextEncoder()
  const body = encoder.encode(soap?.body ?? '')
  const lines =
    soap === undefined
      ? [`GET ${url.path} HTTP/1.1`, `Host: ${hostField(url.authority)}`, 'Connection: Close']
      : [
          `POST ${url.path} HTTP/1.1`,
          `Host: ${hostField(url.authority)}`,
          `Content-Length: ${body.length}`,
          'Content-Type: text/xml; charset="utf-8"',
          `SOAPAction: "${soap.action}"`,
          'Connection: Close',
          'Cache-Control: no-cache',
          'Pragma: no-cache',
        ]
  const head = encoder.encode([...lines, '', ''].join(CRLF))
  const message = new Uint8Array(head.length + body.length)
  message.set(head)
  message.set(body, head.length)
  return message
}
