import { ClientError } from './client-error.ts'
import { type DaemonEvent, EventStreamDecoder } from './event-stream.ts'
import type { Fetch, FetchRequest, FetchResponse } from './fetch.ts'
import type { Problem } from './generated/api.ts'
import type { RequestArguments, Route, RouteAnswer } from './routes.ts'

/** Where the daemon is. */
export interface ClientOptions {
  /** @default 'http://127.0.0.1:12333' */
  readonly url?: string
  /** The bearer token, where the daemon demands one. RFC 6750 §2.1. @default none */
  readonly token?: string
  /** `unixFetch` of `@p2pd/client/node` reaches a Unix socket. @default the global `fetch` */
  readonly fetch?: Fetch
}

/** A client of one daemon. */
export interface Client {
  /**
   * Calls a route: `request('put /v1/pipes/{name}', { path: { name }, body: { target } })`. Types of path, query, body
   * and answer come from the OpenAPI document. Fails with `CLIENT_PROBLEM`, `CLIENT_UNREACHABLE`, `CLIENT_MALFORMED` or
   * `CLIENT_ABORTED`.
   */
  request<R extends Route>(route: R, ...request: RequestArguments<R>): Promise<RouteAnswer<R>>
  /**
   * The events of the daemon, until the signal aborts or the connection ends. With `after` those come first that were
   * missed since the event of that id; the type `gap` says that some are gone. Fails as `request` does.
   */
  events(options?: { readonly after?: number; readonly signal?: AbortSignal }): AsyncGenerator<DaemonEvent>
}

const DEFAULT_URL = 'http://127.0.0.1:12333'

interface Request {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: object
  readonly signal?: AbortSignal
  readonly idempotencyKey?: string
  readonly upload?: Uint8Array<ArrayBuffer> | Blob
}

/**
 * Makes a client. It opens no connection until it is used. Requests fail with `CLIENT_PROBLEM`, `CLIENT_UNREACHABLE`,
 * `CLIENT_MALFORMED` or `CLIENT_ABORTED`. RFC 9110.
 */
export function createClient({ url = DEFAULT_URL, token, fetch: call }: ClientOptions = {}): Client {
  const base = url.replace(/\/$/, '')
  const always = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const send = async (address: string, request: FetchRequest): Promise<FetchResponse> => {
    const response = await reach(call ?? globalFetch, base + address, {
      ...request,
      headers: { ...always, ...request.headers },
    })
    if (response.status < 400) return response
    throw problemError(response.status, await response.text())
  }
  return {
    async request(route, ...[request]) {
      const { body, signal, idempotencyKey, upload, ...parts } = (request ?? {}) as Request
      const [method = '', path = ''] = route.split(' ')
      const response = await send(addressOf(path, parts), {
        method: method.toUpperCase(),
        headers: {
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(upload !== undefined && { 'content-type': 'application/octet-stream' }),
          ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(upload !== undefined && { body: upload }),
        ...(signal !== undefined && { signal }),
      })
      const text = await response.text()
      return (text === '' ? undefined : parse(text)) as never
    },
    async *events({ after, signal } = {}) {
      const headers = {
        accept: 'text/event-stream',
        ...(after !== undefined && { 'last-event-id': String(after) }),
      }
      const response = await send('/v1/events', { method: 'GET', headers, ...(signal && { signal }) })
      yield* readEvents(response)
    },
  }
}

const globalFetch: Fetch = (url, request) => fetch(url, request)

async function reach(call: Fetch, url: string, request: FetchRequest): Promise<FetchResponse> {
  try {
    return await call(url, request)
  } catch (cause) {
    if (request.signal?.aborted === true)
      throw new ClientError('CLIENT_ABORTED', 'the request was aborted', { cause })
    throw new ClientError('CLIENT_UNREACHABLE', `no daemon answers at ${url}: \`p2pd daemon\` starts one`, {
      cause,
    })
  }
}

async function* readEvents({ body }: FetchResponse): AsyncGenerator<DaemonEvent> {
  if (body === null) return
  const decoder = new EventStreamDecoder()
  const characters = new TextDecoder()
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      for (const { data } of decoder.push(characters.decode(value, { stream: true })))
        yield parse(data) as DaemonEvent
    }
  } finally {
    await reader.cancel().catch(() => {}) // The connection may be gone already.
  }
}

function addressOf(path: string, { path: names = {}, query = {} }: Pick<Request, 'path' | 'query'>): string {
  const place = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names[name] ?? ''))
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const words = given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return words.length === 0 ? place : `${place}?${words.join('&')}`
}

function problemError(status: number, text: string): ClientError {
  const problem = parse(text) as Problem | null
  if (typeof problem?.detail === 'string')
    return new ClientError('CLIENT_PROBLEM', problem.detail, { problem })
  return new ClientError('CLIENT_MALFORMED', `the answer has status ${status}`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ClientError('CLIENT_MALFORMED', `the answer is not JSON: ${text.slice(0, 80)}`, { cause })
  }
}
