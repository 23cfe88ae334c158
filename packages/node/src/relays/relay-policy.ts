import { NodeError } from '../node-error.ts'
import type { StrategyName } from '../report/report.ts'

/** When a call may go through a relay, in the order of the command line. */
export const RELAY_POLICIES = ['early', 'last', 'never', 'only'] as const

/**
 * When a call may go through a relay.
 *
 * - `early`: an allocation is made as the call begins. The pipe opens on whichever path is first, and leaves a relay for a better one
 * - `last`: a relay is opened when no path was found within a second, or none can be
 * - `never`: no byte goes through a relay
 * - `only`: nothing but a relay is tried
 */
export type RelayPolicy = (typeof RELAY_POLICIES)[number]

/** The strategies that a policy allows, of those that a call or an offer names. */
export function allowedBy(policy: RelayPolicy, strategies: readonly StrategyName[]): readonly StrategyName[] {
  return strategies.filter((name) => policy !== (name === 'relay' ? 'never' : 'only'))
}

/** The TURN servers that a node names to its peers: none where it takes no relayed call. */
export function announcedServers(
  policy: RelayPolicy | undefined,
  relays: { servers(): readonly string[] } | undefined,
): readonly string[] {
  return policy === 'never' ? [] : (relays?.servers() ?? [])
}

/** The strategies of a call under a policy. Fails with `NODE_BAD_OPTION` when none is left, or for no such policy. */
export function withRelayPolicy(
  strategies: readonly StrategyName[],
  policy: RelayPolicy,
): readonly StrategyName[] {
  // A program in JavaScript gives any word; taken for another policy, a misspelt "never" would use relays.
  if (!RELAY_POLICIES.includes(policy))
    throw new NodeError('NODE_BAD_OPTION', `relay "${policy}" is none of ${RELAY_POLICIES.join(', ')}`)
  const wanted = allowedBy(policy, strategies)
  if (wanted.length > 0 || strategies.length === 0) return wanted
  throw new NodeError('NODE_BAD_OPTION', `relay "${policy}" leaves no strategy of ${strategies.join(', ')}`)
}
