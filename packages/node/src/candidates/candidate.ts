import { type Family, familyOf, scopeOf, type TransportAddress } from '@p2pd/netif'

/** A transport address at which a node may be reached. RFC 8445 §4. */
export interface Candidate extends TransportAddress {
  readonly kind: 'host' | 'server-reflexive' | 'relayed'
  /** Transport of the listener at this address. Strategies dial `tcp` only. RFC 6544 §4.5. */
  readonly transport: 'tcp' | 'udp'
  /** Of one node's candidates the highest is the best. RFC 8445 §5.1.2. */
  readonly priority: number
}

/** More than a host with many NICs has; a longer list is refused, so that no peer makes a node dial at will. */
export const MAX_CANDIDATES = 32

/** A relay costs a detour, a NAT's mapping may be filtered, an address of the host is neither. RFC 8445 §5.1.2.2. */
export const TYPE_PREFERENCE = { host: 126, 'server-reflexive': 100, relayed: 0 } as const
/** One component: a pipe is one connection. RFC 8445 §5.1.2.1. */
const COMPONENT_ID = 1

/** A candidate without its priority among those of its node. @default transport is `tcp` */
export type UnrankedCandidate = Omit<Candidate, 'priority' | 'transport'> &
  Partial<Pick<Candidate, 'transport'>>

/**
 * Gives the candidates of a node, listed best first, their priorities. The place in the list is the local preference,
 * so a list needs no priorities on the wire. RFC 8445 §5.1.2.1.
 */
export function prioritized(candidates: readonly UnrankedCandidate[]): Candidate[] {
  return candidates.map(withPriority)
}

/** Gives the candidate at one place of a list, counted from 0, its priority. RFC 8445 §5.1.2.1. */
export function withPriority(
  { kind, transport = 'tcp', ip, port }: UnrankedCandidate,
  place: number,
): Candidate {
  const priority = 2 ** 24 * TYPE_PREFERENCE[kind] + 2 ** 8 * (65_535 - place) + 256 - COMPONENT_ID
  return { kind, transport, ip, port, priority }
}

/** The candidates of a node, and last those that are for one peer alone. */
export function withFurther(own: readonly Candidate[], further: readonly UnrankedCandidate[]): Candidate[] {
  const kept = own.slice(0, MAX_CANDIDATES - further.length)
  return [...kept, ...further.map((one, index) => withPriority(one, kept.length + index))]
}

/** A choice of the paths that a call may take. */
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
