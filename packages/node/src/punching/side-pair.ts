import { scopeOf, type TransportAddress } from '@p2pd/netif'
import { behindSameNat, portAssignmentOf, type PunchSide } from '@p2pd/punch'
import type { PreparedSide } from '../gathering/prepared-side.ts'
import type { Base } from '../candidates/base.ts'
import type { SideDescription } from '../signalling/side-description.ts'

/** The local and the remote side of one punch, of the same protocol and family. As a candidate pair: RFC 8445 §6.1.2. */
export interface SidePair {
  /** The place of the side in the offer: each pair has its own token. */
  readonly index: number
  readonly local: PreparedSide
  readonly remote: PunchSide
}

/** Pairs each offered side with the side that the peer's answer has for it. */
export function pairWithAnswer(
  offered: readonly PreparedSide[],
  answer: readonly (SideDescription | undefined)[],
): SidePair[] {
  return offered.flatMap((local, index) => {
    const remote = answer[index]
    if (remote === undefined || !canPair(local, remote)) return []
    return [{ index, local, remote: withoutLoopback(remote.side, local.base) }]
  })
}

/** Pairs the offered sides with those of the peer's record. The peer pairs them in the same way when the offer arrives. */
export function pairWithRecord(
  offered: readonly PreparedSide[],
  record: readonly SideDescription[],
): SidePair[] {
  return pairWithAnswer(offered, pairSides(offered, record))
}

/**
 * A peer's side without loopback addresses, unless the local side is on loopback itself. Otherwise a stranger could make
 * this host send packets to ports of its own.
 */
export function withoutLoopback({ nat, endpoints, hosts }: PunchSide, { ip }: Pick<Base, 'ip'>): PunchSide {
  const isElsewhere = (address: TransportAddress) => scopeOf(ip) === 'host' || scopeOf(address.ip) !== 'host'
  const externalAddresses = nat.externalAddresses.filter((external) => isElsewhere({ ip: external, port: 0 }))
  return {
    nat: { ...nat, externalAddresses },
    endpoints: endpoints.filter(isElsewhere),
    hosts: hosts.filter(isElsewhere),
  }
}

/**
 * Finds for each offered side the answering side to pair with, each used once. The easiest pairs are made first, then
 * the order of the lists decides. Both peers get the same pairs from the same lists.
 */
export function pairSides<Side extends SideDescription>(
  offered: readonly (SideDescription | undefined)[],
  answering: readonly Side[],
): (Side | undefined)[] {
  const chosen: (Side | undefined)[] = offered.map(() => undefined)
  const left = new Set(answering)
  const pairs = offered.flatMap((offer, index) =>
    answering.flatMap((side) => (offer !== undefined && canPair(offer, side) ? { index, offer, side } : [])),
  )
  pairs.sort((a, b) => difficultyOf(a.offer, a.side) - difficultyOf(b.offer, b.side))
  for (const { index, side } of pairs) {
    if (chosen[index] === undefined && left.delete(side)) chosen[index] = side
  }
  return chosen
}

const DIFFICULTY = { reused: 1, preserved: 2, sequential: 3, random: 4 } as const
const BLOCKED = 5

/** Two sides behind one NAT nearly always connect; otherwise the predictability of both NATs decides. */
function difficultyOf({ side: a }: SideDescription, { side: b }: SideDescription): number {
  const [one, other] = [a, b].map(({ nat }) =>
    nat.type === 'blocked' ? BLOCKED : DIFFICULTY[portAssignmentOf(nat)],
  )
  return behindSameNat(a, b) ? 0 : (one ?? 0) + (other ?? 0)
}

function canPair(a: SideDescription, b: SideDescription): boolean {
  return a.protocol === b.protocol && a.family === b.family
}
