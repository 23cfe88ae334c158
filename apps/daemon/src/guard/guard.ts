import { hostName, isLoopbackName } from './host-name.ts'

/** The headers of a request that say where it comes from. */
export interface RequestOrigin {
  readonly host: string | undefined
  readonly origin: string | undefined
  /** Of `Sec-Fetch-Site`: browsers set it, and pages cannot. */
  readonly fetchSite: string | undefined
  /** The token that the request carries. */
  readonly token: string | undefined
}

/** The rules that a daemon was started with. */
export interface GuardRules {
  /** Names beside the loopback names, without port. */
  readonly allowedHosts: readonly string[]
  /** Whether every request needs the token. */
  readonly needsToken: boolean
  isToken(token: string): boolean
}

/** A refusal: the HTTP status, and the reason in words. RFC 9110 §15.5. */
export interface Refusal {
  readonly status: 401 | 403
  readonly reason: string
}

/** The relations of a request to its page that are not another site's. Fetch Metadata, §2.3. */
const OWN_SITES = ['same-origin', 'none']

/**
 * Refuses the requests that a foreign web page could have made. Such a request comes by a name that was rebound to this
 * host, from another site, or from an opaque origin. Another origin needs the token. Programs send neither `Origin` nor `Sec-Fetch-Site`. RFC 6454,
 * RFC 9110 §7.2.
 */
export function refusalOf(request: RequestOrigin, rules: GuardRules): Refusal | undefined {
  const { host, origin, fetchSite, token } = request
  if (host === undefined) return { status: 403, reason: 'the request has no Host header' }
  if (!isAllowedHost(host, rules)) {
    return { status: 403, reason: `the host "${host}" is not allowed: start with --allowed-host` }
  }
  if (fetchSite !== undefined && !OWN_SITES.includes(fetchSite)) {
    return { status: 403, reason: 'a page of another site made the request' }
  }
  if (origin === 'null') return { status: 403, reason: 'the origin of the request is opaque' }
  const hasToken = token !== undefined && rules.isToken(token)
  if (origin !== undefined && !isOwnOrigin(origin, host) && !hasToken) {
    return { status: 401, reason: `the origin ${origin} needs the token` }
  }
  if (rules.needsToken && !hasToken) return { status: 401, reason: 'the token is missing or wrong' }
  return undefined
}

/** Whether requests may name this host. */
export function isAllowedHost(host: string, { allowedHosts }: Pick<GuardRules, 'allowedHosts'>): boolean {
  const name = hostName(host)
  return name !== undefined && (isLoopbackName(name) || allowedHosts.includes(name))
}

/** The page that the daemon itself serves, over plain HTTP. */
function isOwnOrigin(origin: string, host: string): boolean {
  return origin.toLowerCase() === `http://${host.toLowerCase()}`
}
