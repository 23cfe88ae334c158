import { type Candidate, prioritized } from '../candidates/candidate.ts'
import { mergeCandidates } from '../candidates/merge-candidates.ts'
import type { RelayPolicy } from '../relays/relay-policy.ts'
import type { NominatedPath, Path } from '../pipes/path.ts'
import type { CallAgain, PeerSession } from '../pipes/peer-session.ts'
import type { StrategyName } from '../report/report.ts'
import type { Message } from '../signalling/message.ts'
import { STRATEGIES } from '../strategies/table.ts'
import { Call, type Caller, type CallOptions } from './call.ts'
import { noBrokerConfigured } from './callee.ts'
import type { OutgoingCalls } from './outgoing-calls.ts'

/** The same way, seen from the other end. */
const MIRRORED: Partial<Record<StrategyName, StrategyName>> = { direct: 'reverse', reverse: 'direct' }

/**
 * How a callee calls its caller again. A caller that asked for certain strategies gets no others: `direct` of the one is
 * `reverse` of the other.
 */
export function callAgain(offer: Message | undefined, relay?: RelayPolicy): CallAgain {
  if (offer === undefined) return { candidates: [] }
  const { candidates } = offer
  if (relay === 'only') return { candidates, strategies: ['relay'] }
  const isAnyAllowed = STRATEGIES.every(({ name }) => offer.strategies.includes(name))
  if (isAnyAllowed) return { candidates }
  return { candidates, strategies: offer.strategies.map((name) => MIRRORED[name] ?? name) }
}

/** How a caller calls again: as it called first. A pipe that is to be relayed alone looks for no other path. */
export function againAs(
  { candidates, policy: relay }: Pick<Call, 'candidates' | 'policy'>,
  { strategies, paths }: CallOptions,
): CallAgain {
  return { candidates, strategies: relay === 'only' ? ['relay'] : strategies, paths, relay }
}

/**
 * Calls the peer of a session again, with what is known of it; the path is nominated for the session. Fails as `connect`
 * does, and when the session has a path that is as good as any found.
 */
export async function callForPath(
  own: PeerSession,
  caller: Caller & { readonly calls: OutgoingCalls },
  signal: AbortSignal,
  strategies: CallAgain['strategies'] = own.again.strategies,
): Promise<NominatedPath> {
  const { peer, again, path } = own
  const candidates = mergeCandidates(dialledBefore(path), again.candidates)
  if (caller.exchange === undefined && candidates.length === 0) throw noBrokerConfigured()
  const call = new Call(caller, { publicKey: peer, candidates }, { ...again, strategies, signal }, own)
  try {
    return (await caller.calls.run(call)).path
  } finally {
    own.learn(call)
  }
}

/** The address that this end dialled for a path: the peer listens there, or did. */
function dialledBefore({ strategy, replied, remote }: Path): Candidate[] {
  const isDialled = strategy === (replied === undefined ? 'reverse' : 'direct')
  return isDialled ? prioritized([{ kind: 'host', ...remote }]) : []
}
