import type { IncomingHttpHeaders } from 'node:http'
import type { RequestOrigin } from './guard.ts'

/** The scheme of a bearer token. RFC 6750 §2.1. */
const BEARER = /^bearer ([\w.~+/-]+=*)$/i

/** Reads the headers that the guard looks at; a proxy client carries its token in `Proxy-Authorization`. */
export function requestOrigin(headers: IncomingHttpHeaders): RequestOrigin {
  const { host, origin } = headers
  const authorization = headers.authorization ?? headers['proxy-authorization']
  const token = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1]
  const fetchSite = headers['sec-fetch-site']
  return { host, origin, token, fetchSite: Array.isArray(fetchSite) ? fetchSite.join() : fetchSite }
}
