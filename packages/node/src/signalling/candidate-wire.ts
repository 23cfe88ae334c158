import { isLiteral } from '@p2pd/netif'
import { integerIn, listIn, mapIn, type Refuse, toMap, type WireMap, wordIn } from '../wire/cbor.ts'
import { type Candidate, MAX_CANDIDATES, withPriority } from '../candidates/candidate.ts'

/**
 * Kinds of candidates. RFC 8445 §4.
 * Reserved: 2 peer-reflexive, 4 mapped (by a gateway, on request).
 */
export const CandidateKind = { host: 0, 'server-reflexive': 1, relayed: 3 } as const

/** Transport protocols, of candidates and of punches. */
export const TransportProtocol = { udp: 0, tcp: 1 } as const

/** Keys of a candidate. */
const CandidateKey = { kind: 1, transport: 2, ip: 3, port: 4 } as const

/** A port that something can listen on. */
export const PORTS = [1, 65_535] as const

/** A candidate as a map; its place in the list tells its priority. */
export function candidateToWire({ kind, transport, ip, port }: Omit<Candidate, 'priority'>): WireMap {
  return toMap([
    [CandidateKey.kind, CandidateKind[kind]],
    [CandidateKey.transport, TransportProtocol[transport]],
    [CandidateKey.ip, ip],
    [CandidateKey.port, port],
  ])
}

/**
 * The candidates in a decoded value. Those of a kind or transport that is not known are left out, whatever else is in
 * them. Throws what `refuse` makes when the list is too long, or a known key has a value that it cannot have.
 */
export function candidatesFromWire(value: unknown, refuse: Refuse): Candidate[] {
  const entries = listIn(value, MAX_CANDIDATES, 'candidates', refuse)
  return entries.flatMap(
    (entry, place) => candidateFromWire(mapIn(entry, 'a candidate', refuse), place, refuse) ?? [],
  )
}

function candidateFromWire(map: WireMap, place: number, refuse: Refuse): Candidate | undefined {
  const kind = wordIn(CandidateKind, map.get(CandidateKey.kind), 'kind of candidate', refuse)
  if (kind === undefined) return undefined
  const transport = wordIn(
    TransportProtocol,
    map.get(CandidateKey.transport),
    'transport of a candidate',
    refuse,
  )
  if (transport === undefined) return undefined
  const ip = map.get(CandidateKey.ip)
  if (typeof ip !== 'string' || !isLiteral(ip) || ip.includes('%')) {
    throw refuse(`"${String(ip)}" is not an IP address`)
  }
  const port = map.get(CandidateKey.port)
  const checked = integerIn(port, PORTS, () => refuse(`${String(port)} is not a port`))
  return withPriority({ kind, transport, ip, port: checked }, place)
}
