import {
  familyOf,
  formatTransportAddress,
  type Interface,
  scopeOf,
  type TcpConnection,
  type TcpDialer,
} from '@p2pd/netif'
import { type Candidate, choose, type PathChoice } from './candidate.ts'
import { isOnLink, basesTowards } from './base.ts'

/** A way from this host to a candidate of a peer. RFC 8445 §6.1.2. */
export interface CandidatePair {
  /** The NIC to leave by, and its address; undefined leaves that to the system. */
  readonly local: { readonly ip: string; readonly interfaceName: string } | undefined
  readonly remote: Candidate
}

/**
 * Ports of one address that are dialled: a node listens on one, and a mapping of it may have another. A list of a stranger's
 * ports would be a scan.
 */
const MAX_PORTS = 2
/** Dials for one list of candidates: its 32 from two NICs each. RFC 8445 §6.1.2.5 has a limit of 100. */
export const MAX_PAIRS = 64
/**
 * The wait before a dial from another NIC than the routing table's choice. The user prefers that choice, so another NIC
 * gets a dial only when the first one keeps the call waiting. RFC 8305 §5.
 */
const OTHER_NIC_DELAY_MS = 250

/**
 * The pairs that make sense to dial, best first. Each candidate is first dialled from the NIC of the system's choice. Pairs
 * with other NICs follow: NICs on the candidate's subnet, else those with a default route. Within each group candidates on
 * a network of this host come first. Private addresses outside all of them come late, since most of them belong to another
 * network. Addresses of a family without a default route come last. Then priorities decide.
 *
 * Loopback candidates are dialled only when the peer seems to be on this host: it has an address of this host, or loopback
 * candidates alone. Otherwise a stranger could make this host dial ports of its own.
 */
export function candidatePairs(
  remote: readonly Candidate[],
  interfaces: readonly Interface[],
  choice: PathChoice = {},
): CandidatePair[] {
  const up = interfaces.filter((nic) => nic.up)
  const ranked = withFewPorts(dialable(remote, up, choice))
    .map((candidate) => ({ candidate, rank: rankOf(candidate, up, choice) }))
    .sort((a, b) => compareRanks(a.rank, b.rank))
  const first = ranked.map(({ candidate }) => ({ local: undefined, remote: candidate }))
  const others = ranked.flatMap(({ candidate }) => otherNics(candidate, up))
  return [...first, ...others].slice(0, MAX_PAIRS)
}

/** Each candidate once, and no more ports of an address than a node has. */
function withFewPorts(candidates: readonly Candidate[]): Candidate[] {
  const portsOf = new Map<string, Set<number>>()
  return candidates.filter(({ ip, port }) => {
    const ports = portsOf.get(ip) ?? new Set()
    portsOf.set(ip, ports)
    const isNew = !ports.has(port) && ports.size < MAX_PORTS
    if (isNew) ports.add(port)
    return isNew
  })
}

function otherNics(remote: Candidate, up: readonly Interface[]): CandidatePair[] {
  return basesTowards(remote.ip, up).flatMap(({ ip, interfaceName }) =>
    interfaceName === undefined ? [] : { local: { ip, interfaceName }, remote },
  )
}

/** Dials a pair. */
export function dialPair(
  dialer: TcpDialer,
  { local, remote: { ip, port } }: CandidatePair,
  signal: AbortSignal,
): Promise<TcpConnection> {
  const source = local && { local: { ip: local.ip, port: 0 }, interfaceName: local.interfaceName }
  return dialer.dial({ remote: { ip, port }, ...source, signal })
}

/** How long a pair waits for the pairs that leave by the NIC of the system's choice. RFC 8305 §5. */
export function attemptDelayMs({ local }: CandidatePair): number {
  return local === undefined ? 0 : OTHER_NIC_DELAY_MS
}

/** The local end in a report, before a dial has one: a NIC's address, or what stands for "the system's choice". */
export function formatLocalEnd({ local, remote }: CandidatePair): string {
  const any = familyOf(remote.ip) === 'IPv6' ? '::' : '0.0.0.0'
  return formatTransportAddress({ ip: local?.ip ?? any, port: 0 })
}

function dialable(remote: readonly Candidate[], up: readonly Interface[], choice: PathChoice): Candidate[] {
  const own = up.flatMap((nic) => nic.addresses)
  const ownIps = new Set(own.map(({ ip }) => ip))
  const families = new Set(own.map(({ family }) => family))
  const elsewhere = remote.filter(({ ip }) => scopeOf(ip) !== 'host')
  const sameHost = elsewhere.length === 0 || elsewhere.some(({ ip }) => ownIps.has(ip))
  return choose(remote, choice).filter(
    ({ ip, transport }) =>
      transport === 'tcp' && families.has(familyOf(ip)) && (sameHost || scopeOf(ip) !== 'host'),
  )
}

/** The criteria of the order, the most important first. The lowest rank is dialled first. */
type Rank = readonly [family: number, reach: number, priority: number]

function rankOf({ ip, priority }: Candidate, up: readonly Interface[], { families }: PathChoice): Rank {
  return [families?.indexOf(familyOf(ip)) ?? 0, reachOf(ip, up), -priority]
}

function reachOf(ip: string, up: readonly Interface[]): number {
  if (isOnLink(ip, up)) return 0
  const isOwn = up.some(({ addresses }) => addresses.some((address) => address.ip === ip))
  if (!isOwn && scopeOf(ip) !== 'host' && basesTowards(ip, up).length === 0) return 3
  return scopeOf(ip) === 'global' ? 1 : 2
}

function compareRanks(a: Rank, b: Rank): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}
