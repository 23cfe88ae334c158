import type { Routes } from './generated/api.ts'

/** A route of the API: method and path, as in `get /v1/pipes/{name}`. */
export type Route = keyof Routes

/** The parts of a request: those of the route (`path`, `query`, `body`), and these. */
export type RouteRequest<R extends Route> = Omit<Routes[R], 'answer'> & RequestOptions

/** The parts that every request may have. */
export interface RequestOptions {
  readonly signal?: AbortSignal
  /** With `post`: a repeated request with the same key does nothing again. @default none */
  readonly idempotencyKey?: string
  /** Bytes that are sent as they are, in place of a JSON body. @default none */
  readonly upload?: Uint8Array<ArrayBuffer> | Blob
}

/** The body of a route's success; undefined where it has none. */
export type RouteAnswer<R extends Route> = Routes[R]['answer']

/** The request may be left out where the route has no part that it needs. */
export type RequestArguments<R extends Route> =
  object extends RouteRequest<R> ? [request?: RouteRequest<R>] : [request: RouteRequest<R>]
