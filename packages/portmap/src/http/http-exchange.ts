import {
  type Clock,
  formatTransportAddress,
  type TcpConnection,
  type TcpDialer,
  withDeadline,
} from '@p2pd/netif'
import { PortmapError } from '../portmap-error.ts'
import { encodeHttpRequest, type HttpRequest } from './http-request.ts'
import { type HttpResponse, HttpResponseReader } from './http-response.ts'

/** From where, and with what, a gateway's web server is asked. */
export interface HttpPorts {
  readonly network: TcpDialer
  readonly clock: Clock
  readonly localIp: string
  /** @default the NIC that the system's routes lead to */
  readonly interfaceName?: string
}

/** Gateways have been seen to take 4 s and more for an answer. */
export const HTTP_LIMIT_MS = 12_000
/** A gateway is one hop away: a connection that takes longer fails. */
const DIAL_LIMIT_MS = 3_000

/**
 * Asks once over a connection of its own. A redirect is an answer like any other: nothing follows it. Rejects with
 * `PORTMAP_TIMEOUT`, `PORTMAP_HTTP` for a reset, or a code of `HttpResponseReader`.
 */
export function exchangeHttp(
  ports: HttpPorts,
  request: HttpRequest,
  options: { readonly limitMs?: number; readonly signal?: AbortSignal } = {},
): Promise<HttpResponse> {
  const { limitMs = HTTP_LIMIT_MS, signal } = options
  return withDeadline(deadline(ports.clock, limitMs, signal), async (limit) => {
    const connection = await dial(ports, request, limit)
    try {
      return await readAnswer(connection, request, limit)
    } finally {
      connection.stream.destroy()
    }
  })
}

function dial(
  { network, clock, localIp, interfaceName }: HttpPorts,
  { url }: HttpRequest,
  signal: AbortSignal,
): Promise<TcpConnection> {
  const options = {
    remote: url.authority,
    local: { ip: localIp, port: 0 },
    ...(interfaceName !== undefined && { interfaceName }),
  }
  return withDeadline(deadline(clock, DIAL_LIMIT_MS, signal), (limit) =>
    network.dial({ ...options, signal: limit }),
  )
}

function deadline(clock: Clock, timeoutMs: number, signal: AbortSignal | undefined) {
  const timedOut = () => new PortmapError('PORTMAP_TIMEOUT', `no end within ${timeoutMs} ms`)
  return { clock, timeoutMs, signal, timedOut }
}

function readAnswer(
  connection: TcpConnection,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const { stream, remote } = connection
  const reader = new HttpResponseReader()
  return new Promise((resolve, reject) => {
    const attempt = (read: () => HttpResponse | undefined) => {
      try {
        const response = read()
        if (response !== undefined) resolve(response)
      } catch (error) {
        reject(error as Error)
      }
    }
    const lost = (cause?: Error) =>
      reject(
        new PortmapError('PORTMAP_HTTP', `${formatTransportAddress(remote)} reset the connection`, { cause }),
      )
    stream.on('data', (bytes: Uint8Array) => attempt(() => reader.push(bytes)))
    stream.on('end', () => attempt(() => reader.end()))
    stream.on('error', lost)
    stream.on('close', () => lost())
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    stream.write(encodeHttpRequest(request))
  })
}
