import { type Clock, formatTransportAddress, type TcpConnection, type TcpDialer } from '@p2pd/netif'
import { withTimeLimit } from '../exchange/time-limit.ts'
import { PortmapError } from '../portmap-error.ts'
import { encodeHttpRequest, type HttpRequest } from './http-request.ts'
import { type HttpResponse, HttpResponseReader } from './http-response.ts'

/** From where, and with what, a gateway's web server is asked. */
export interface HttpPorts {
  readonly network: TcpDialer
  readonly clock: Clock
  readonly localIp: string
  readonly interfaceName: string
}

/** Gateways have been seen to take 4 s and more for an answer. */
export const HTTP_LIMIT_MS = 12_000
/** A gateway is one hop away: a connection that takes longer fails. */
const DIAL_LIMIT_MS = 3_000

/** Asks once over a connection of its own. A redirect is an answer like any other: nothing follows it. */
export function exchangeHttp(
  ports: HttpPorts,
  request: HttpRequest,
  options: { readonly limitMs?: number; readonly signal?: AbortSignal } = {},
): Promise<HttpResponse> {
  const { limitMs = HTTP_LIMIT_MS, signal } = options
  return withTimeLimit(
    ports.clock,
    limitMs,
    async (limit) => {
      const connection = await dial(ports, request, limit)
      try {
        return await readAnswer(connection, request, limit)
      } finally {
        connection.stream.destroy()
      }
    },
    signal,
  )
}

function dial(ports: HttpPorts, { url }: HttpRequest, signal: AbortSignal): Promise<TcpConnection> {
  const options = {
    remote: url.authority,
    local: { ip: ports.localIp, port: 0 },
    interfaceName: ports.interfaceName,
  }
  return withTimeLimit(
    ports.clock,
    DIAL_LIMIT_MS,
    (limit) => ports.network.dial({ ...options, signal: limit }),
    signal,
  )
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
