import { familyOf, type Interface } from '@p2pd/netif'
import {
  type Candidate,
  MAX_CANDIDATES,
  prioritized,
  TYPE_PREFERENCE,
  type UnrankedCandidate,
} from './candidate.ts'

/** Where candidates come from: NICs, NAT reports, port mappings, relays. RFC 8445 §5.1.1. */
export interface CandidateSource {
  /** The candidates at this moment, best first. */
  candidates(): readonly UnrankedCandidate[]
  /** Calls back when they have changed; returns the function that stops it. */
  onChange(listener: () => void): () => void
}

/** Opens a source of candidates for a node that listens. */
export type OpenSource = (host: ListeningHost) => CandidateSource & { close(): Promise<void> }

/** The host of a node, as a source of candidates sees it. */
export interface ListeningHost {
  /** The TCP port the node listens on, at every address. */
  readonly port: number
  /** The NICs at this moment. */
  interfaces(): readonly Interface[]
  /** Calls back when a NIC, an address or a default route has changed; returns the function that stops it. */
  onChange(listener: (interfaces: readonly Interface[]) => void): () => void
}

/**
 * The candidates of several sources as one list with priorities: hosts first, relayed ones last, within one kind in the
 * order of the sources. A transport address counts once (RFC 8445 §5.1.3). When there are more than `MAX_CANDIDATES`,
 * each source and each family gets an equal share, and what one does not need goes to the others.
 */
export function mergeCandidates(sources: readonly (readonly UnrankedCandidate[])[]): Candidate[] {
  const kept = fairShares(sources.map(withoutRepeats)).flat()
  kept.sort((a, b) => TYPE_PREFERENCE[b.kind] - TYPE_PREFERENCE[a.kind])
  return prioritized(withoutRepeats(kept))
}

/**
 * The best of each list and family, one from each in turn, until there are `MAX_CANDIDATES` different ones. Each list keeps its
 * order.
 */
function fairShares(lists: readonly (readonly UnrankedCandidate[])[]): UnrankedCandidate[][] {
  const byFamily = lists.flatMap((list) =>
    FAMILIES.map((family) => list.filter(({ ip }) => familyOf(ip) === family)),
  )
  const kept = new Set<UnrankedCandidate>()
  const seen = new Set<string>()
  const longest = Math.max(0, ...byFamily.map((list) => list.length))
  for (let place = 0; place < longest && seen.size < MAX_CANDIDATES; place++) {
    for (const candidate of byFamily.flatMap((list) => list[place] ?? [])) {
      seen.add(endOf(candidate))
      if (seen.size <= MAX_CANDIDATES) kept.add(candidate)
    }
  }
  return lists.map((list) => list.filter((candidate) => kept.has(candidate)))
}

const FAMILIES = ['IPv6', 'IPv4'] as const

function withoutRepeats(candidates: readonly UnrankedCandidate[]): UnrankedCandidate[] {
  const seen = new Set<string>()
  return candidates.filter((candidate) => seen.size < seen.add(endOf(candidate)).size)
}

function endOf({ transport = 'tcp', ip, port }: UnrankedCandidate): string {
  return `${transport} ${ip} ${port}`
}
