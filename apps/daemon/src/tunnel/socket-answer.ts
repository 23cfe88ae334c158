import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** How long a client may go on sending after its answer. */
const LINGER_MS = 2000

/** An answer with JSON, or with a problem. RFC 9457 §3. */
export type SocketAnswer = { readonly status: number } & (
  | { readonly json: object }
  | { readonly problem: object }
)

/** Answers a request that has left the HTTP server, and closes its connection. Pages of other sites may not use the answer. */
export function answerOnSocket(socket: Duplex, answer: SocketAnswer): void {
  const { status } = answer
  const [type, body] =
    'json' in answer
      ? ['application/json', JSON.stringify(answer.json)]
      : ['application/problem+json', JSON.stringify(answer.problem)]
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Cross-Origin-Resource-Policy: same-origin',
    ...(status === 401 ? ['WWW-Authenticate: Bearer realm="p2pd"'] : []),
    'Connection: close',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  endAfterAnswer(socket)
}

/**
 * Ends a connection whose answer has been written. Bytes that the client still sends are read and dropped: unread ones would
 * reset the connection, and the answer would be lost on its way. RFC 9112 §9.6.
 */
export function endAfterAnswer(socket: Duplex): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('close', () => clearTimeout(timer))
  socket.end()
  socket.resume()
}
