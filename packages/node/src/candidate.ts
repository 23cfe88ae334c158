import {
  type Family,
  familyOf,
  type Interface,
  type InterfaceAddress,
  publishable,
  scopeOf,
  type TransportAddress,
} from '@p2pd/netif'

/** A transport address at which a node may be reached. RFC 8445 §4. */
export interface Candidate extends TransportAddress {
  readonly kind: 'host' | 'server-reflexive'
}

/** More than a host with many NICs has; a longer list is refused, so that no peer makes a node dial at will. */
export const MAX_CANDIDATES = 32

/**
 * The host candidates of a node that listens on `port` of every address, best first: what reaches far before what
 * does not, IPv6 before IPv4 (RFC 8421 §4), loopback last. Link-local addresses are left out (their scope means
 * nothing to a peer), and so are the inner networks of container engines.
 */
export function hostCandidates(interfaces: readonly Interface[], port: number): Candidate[] {
  return interfaces
    .filter((nic) => publishable(nic) || (nic.up && nic.type === 'loopback'))
    .flatMap((nic) => nic.addresses)
    .filter((address) => address.scope !== 'link' && !address.deprecated)
    .sort((a, b) => preference(a) - preference(b))
    .slice(0, MAX_CANDIDATES)
    .map(({ ip }) => ({ kind: 'host', ip, port }))
}

const SCOPE_ORDER = { global: 0, private: 1, link: 2, host: 3 } as const

function preference({ scope, family }: InterfaceAddress): number {
  return SCOPE_ORDER[scope] * 2 + (family === 'IPv6' ? 0 : 1)
}

/** Which paths a call may take. */
export interface PathChoice {
  /** Only these, in this order. @default both, as the peer orders them */
  readonly families?: readonly Family[]
  /** Only inside this network (`lan`), or only through the Internet (`external`). @default both */
  readonly reach?: 'lan' | 'external'
}

/** The candidates on paths of this choice, in its order. */
export function choose(candidates: readonly Candidate[], { families, reach }: PathChoice): Candidate[] {
  const within = candidates.filter(
    ({ ip }) => reach === undefined || (reach === 'external') === (scopeOf(ip) === 'global'),
  )
  return families?.flatMap((family) => within.filter(({ ip }) => familyOf(ip) === family)) ?? within
}

/**
 * The peer's candidates that make sense to dial from here. Loopback does only when the peer seems to be on this
 * host (it has an address of ours, or nothing but loopback): elsewhere a stranger's word would make us knock at
 * ports of our own machine.
 */
export function dialable(
  remote: readonly Candidate[],
  interfaces: readonly Interface[],
  choice: PathChoice = {},
): Candidate[] {
  const own = interfaces.filter((nic) => nic.up).flatMap((nic) => nic.addresses)
  const ownIps = new Set(own.map(({ ip }) => ip))
  const families = new Set(own.map(({ family }) => family))
  const elsewhere = remote.filter(({ ip }) => scopeOf(ip) !== 'host')
  const sameHost = elsewhere.length === 0 || elsewhere.some(({ ip }) => ownIps.has(ip))
  return choose(remote, choice).filter(
    ({ ip }) => families.has(familyOf(ip)) && (sameHost || scopeOf(ip) !== 'host'),
  )
}

/** What stands for "the system's choice" as local end, until a dial has one. */
export function unspecified({ ip }: TransportAddress): string {
  return familyOf(ip) === 'IPv6' ? '[::]:0' : '0.0.0.0:0'
}
