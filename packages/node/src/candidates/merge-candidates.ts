import { formatTransportAddress } from '@p2pd/netif'
import { type Candidate, MAX_CANDIDATES } from './candidate.ts'

/**
 * The candidates of a peer that are known now, and behind them those known before, each address once. A peer that has lost
 * its network for a while may come back to an address that it had.
 */
export function mergeCandidates(now: readonly Candidate[], before: readonly Candidate[]): Candidate[] {
  const merged = new Map<string, Candidate>()
  for (const candidate of [...now, ...before]) {
    const address = formatTransportAddress(candidate)
    if (!merged.has(address)) merged.set(address, candidate)
  }
  return [...merged.values()].slice(0, MAX_CANDIDATES)
}
