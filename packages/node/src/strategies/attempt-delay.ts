import type { Interface } from '@p2pd/netif'
import { behindSameNat, type PunchSide } from '@p2pd/punch'
import { isOnLink } from '../candidates/base.ts'
import type { StrategyName } from '../report/report.ts'
import type { Message } from '../signalling/message.ts'

// The Connection Attempt Delay of each strategy. RFC 8305 §5.

/**
 * Before a strategy that follows one which nearly always works. Such are a plain connection inside one network or to an
 * open host, and a punch that the user listed first. Several handshakes on a busy machine take this long.
 */
export const LONG_DELAY_MS = 250

/** The two sides of one punch. */
export type TwoSides = readonly [local: PunchSide, remote: PunchSide]

/**
 * The delay of a punch after the strategies before it; `all` are the punches of its protocol. Two hosts may share one
 * network of several: then none of the other networks is tried sooner. Pure, and symmetric in the two sides, so that both
 * peers begin at the same time.
 */
export function punchDelayMs(
  name: StrategyName,
  strategies: readonly StrategyName[],
  [a, b]: TwoSides,
  all: readonly TwoSides[],
): number {
  const before = strategies.slice(0, Math.max(0, strategies.indexOf(name)))
  const isPlain = (strategy: StrategyName) => strategy === 'direct' || strategy === 'reverse'
  // Where a plain connection is hardly possible, nothing is waited for: punches of two protocols do not disturb each other.
  const isOneNetwork = all.some((sides) => behindSameNat(...sides))
  return before.some(isPlain) && (isOneNetwork || isOpen(a) || isOpen(b)) ? LONG_DELAY_MS : 0
}

/**
 * The delay before a callee dials for `reverse`. It is the long one after punches. It is the long one after `direct` too,
 * when a candidate of the caller is on a network of this host. Elsewhere `reverse` does not wait for `direct`: a caller
 * that has the record of the callee is faster by half a round trip anyway.
 */
export function dialBackDelayMs(
  { strategies, candidates, punch }: Message,
  interfaces: readonly Interface[],
): number {
  const before = strategies.slice(0, strategies.indexOf('reverse'))
  const isNear = candidates.some(({ ip }) => isOnLink(ip, interfaces))
  const isAfterPunch =
    punch !== undefined && before.some((name) => name === 'tcp-punch' || name === 'udp-punch')
  return isAfterPunch || (isNear && before.includes('direct')) ? LONG_DELAY_MS : 0
}

function isOpen({ nat }: PunchSide): boolean {
  return nat.type === 'open'
}
