import { type IncomingMessage, request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import type { Fetch, FetchResponse, PieceReader } from '../fetch.ts'

/**
 * A `fetch` over a Unix socket, or over a named pipe of Windows: the daemon of the same user is there, and needs no
 * token. The host of the URL is not looked up.
 */
export function unixFetch(socketPath: string): Fetch {
  return (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const { pathname, search } = new URL(url)
      const sending = httpRequest(
        { socketPath, path: pathname + search, method, headers: { ...headers, host: 'localhost' }, signal },
        (response) => resolve(responseOf(response)),
      )
      sending.once('error', reject)
      if (body instanceof Blob) Readable.fromWeb(body.stream()).pipe(sending)
      else sending.end(body)
    })
}

function responseOf(message: IncomingMessage): FetchResponse {
  return {
    status: message.statusCode ?? 0,
    headers: { get: (name) => [message.headers[name.toLowerCase()]].flat().join(', ') || null },
    text: async () => {
      const pieces: Buffer[] = []
      for await (const piece of message as AsyncIterable<Buffer>) pieces.push(piece)
      return Buffer.concat(pieces).toString()
    },
    body: { getReader: () => Readable.toWeb(message).getReader() as PieceReader },
  }
}
