import { scopeOf, type TransportAddress } from '@p2pd/netif'
import { areNear, predictabilityOf, type PunchSide } from '@p2pd/punch'
import type { StrategyName } from '../report/report.ts'
import type { PreparedSide } from '../gathering/prepared-side.ts'
import type { Base } from '../candidates/base.ts'
import type { SideDescription } from './side-description.ts'

/** Two sides that are to meet: same protocol, same family. */
export interface Pairing {
  /** Its place in the offer: each has its own token. */
  readonly index: number
  readonly own: PreparedSide
  readonly remote: PunchSide
}

/** What a call knows about punching so far. */
export interface PunchOutlook {
  /** Which strategies it is about. */
  readonly strategies: readonly StrategyName[]
  readonly token: Uint8Array
  /** How many attempts failed before this one. */
  readonly attempt: number
  readonly pairings: readonly Pairing[]
  /** Why this side has nothing to offer, if it has not. */
  readonly fault?: string | undefined
}

/** Pairs each offered side with the one that the peer's answer has for it. */
export function pairWithAnswer(
  own: readonly PreparedSide[],
  answer: readonly (SideDescription | undefined)[],
): Pairing[] {
  return own.flatMap((side, index) => {
    const told = answer[index]
    if (told === undefined || !fits(side, told)) return []
    return [{ index, own: side, remote: withoutLoopback(told.side, side.base) }]
  })
}

/** Pairs what a record tells with the offered sides: the peer, on the offer, does the same. */
export function pairWithRecord(own: readonly PreparedSide[], record: readonly SideDescription[]): Pairing[] {
  return pairWithAnswer(own, meet(own, record))
}

/**
 * A peer's side without loopback addresses, unless this side is there itself: a stranger's word must not make us knock
 * at ports of our own machine.
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
 * For each offered side the one that meets it: first those that meet most easily, then in the order in which they come,
 * each once. The same whichever side asks.
 */
export function meet<Side extends SideDescription>(
  offered: readonly (SideDescription | undefined)[],
  mine: readonly Side[],
): (Side | undefined)[] {
  const met: (Side | undefined)[] = offered.map(() => undefined)
  const left = new Set(mine)
  const pairs = offered.flatMap((told, index) =>
    mine.flatMap((side) => (told !== undefined && fits(told, side) ? { index, told, side } : [])),
  )
  pairs.sort((a, b) => difficultyOf(a.told, a.side) - difficultyOf(b.told, b.side))
  for (const { index, side } of pairs) {
    if (met[index] === undefined && left.delete(side)) met[index] = side
  }
  return met
}

const DIFFICULTY = { reused: 1, preserved: 2, sequential: 3, random: 4 } as const
const BLOCKED = 5

/** Behind one NAT two sides all but always meet; else it takes what can be known of both. */
function difficultyOf({ side: a }: SideDescription, { side: b }: SideDescription): number {
  const [one, other] = [a, b].map(({ nat }) =>
    nat.type === 'blocked' ? BLOCKED : DIFFICULTY[portAssignmentOf(nat)],
  )
  return behindSameNat(a, b) ? 0 : (one ?? 0) + (other ?? 0)
}

function fits(a: SideDescription, b: SideDescription): boolean {
  return a.protocol === b.protocol && a.family === b.family
}
