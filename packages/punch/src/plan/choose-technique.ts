import type { Technique } from './plan.ts'
import { admitsWholeAddress, areNear, predictabilityOf, type PunchSide } from './side.ts'

/** What two sides can do; `near` says that they may also meet inside their network. */
export interface Choice {
  readonly technique: Technique
  readonly near: boolean
  /** Beyond their common NAT there is no way, or none worth its packets. */
  readonly nearOnly: boolean
}

/**
 * The table over two NATs: what to do, or why nothing can be done. The same whichever side asks.
 *
 * Mappings that depend on the endpoint count as filtering by port whatever their filter is: an answer leaves
 * from another mapping than the one that let the question in. After a first attempt in vain, filters are not believed.
 */
export function chooseTechnique(
  protocol: 'udp' | 'tcp',
  local: PunchSide,
  remote: PunchSide,
  attempt = 0,
): Choice | { readonly reason: string } {
  const near = areNear(local, remote) && local.hosts.length > 0 && remote.hosts.length > 0
  const outside = acrossTheInternet(protocol, local, remote, attempt)
  if (!near) return typeof outside === 'object' ? outside : { technique: outside, near, nearOnly: false }
  const nearOnly = typeof outside === 'object' || outside === 'birthday'
  return { technique: nearOnly ? 'known-mappings' : outside, near, nearOnly }
}

function acrossTheInternet(
  protocol: 'udp' | 'tcp',
  local: PunchSide,
  remote: PunchSide,
  attempt: number,
): Technique | { readonly reason: string } {
  const missing = whatIsMissing(protocol, 'this side', local) ?? whatIsMissing(protocol, 'the peer', remote)
  if (missing !== undefined) return { reason: missing }
  const [known, other] = predictabilityOf(local.nat) === 'known' ? [local, remote] : [remote, local]
  const random = predictabilityOf(other.nat) === 'none'
  if (predictabilityOf(known.nat) !== 'known') {
    const both = predictabilityOf(known.nat) === 'none' && random
    if (both) return { reason: 'both NATs choose a random port for each peer: none can be guessed' }
    const hasRandom = random || predictabilityOf(known.nat) === 'none'
    if (!hasRandom) return 'window'
    return {
      reason:
        'one NAT chooses a random port for each peer, and the other admits none but the port it is told',
    }
  }
  if (predictabilityOf(other.nat) === 'known') return 'known-mappings'
  const admits = admitsWholeAddress(known.nat)
  if (admits && attempt === 0) return 'open-then-listen'
  // The filter may be stricter than it was reported. What copes with that opens it just as well if it is not.
  if (!random) return 'window'
  if (protocol === 'udp') return 'birthday'
  if (admits) return 'open-then-listen'
  return { reason: 'one NAT chooses a random port for each TCP peer, and the other filters by port' }
}

function whatIsMissing(protocol: 'udp' | 'tcp', who: string, side: PunchSide): string | undefined {
  const { nat, endpoints } = side
  if (nat.type === 'blocked') return `${who}'s network lets no ${protocol.toUpperCase()} through`
  if (predictabilityOf(nat) === 'none') {
    return nat.externalAddresses.length === 0 ? `no external address of ${who} is known` : undefined
  }
  return endpoints.length === 0 ? `no external endpoint of ${who} is known` : undefined
}
