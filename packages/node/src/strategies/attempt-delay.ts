import { areNear, type PunchSide } from '@p2pd/punch'
import type { StrategyName } from '../report/report.ts'

/** Strategies follow each other so closely: RFC 8305 §5 allows 10 ms at least. */
const STEP_MS = 10

/**
 * Where one side can be dialled as it is, a plain connection all but always works; it gets the time of several
 * handshakes on a busy machine.
 */
export const EASY_HEAD_START_MS = 250

/**
 * How long a punch leaves the strategies before it alone. Pure, and the same from both sides, so that both begin
 * together.
 */
export function headStartOf(
  name: StrategyName,
  strategies: readonly StrategyName[],
  a: PunchSide,
  b: PunchSide,
): number {
  const before = strategies.slice(0, Math.max(0, strategies.indexOf(name)))
  const isPlain = (strategy: StrategyName) => strategy === 'direct' || strategy === 'reverse'
  return before.some(isPlain) && isEasy(a, b) ? EASY_HEAD_START_MS : before.length * STEP_MS
}

function isEasy(a: PunchSide, b: PunchSide): boolean {
  const isOpen = ({ nat }: PunchSide) => nat.type === 'open'
  return isOpen(a) || isOpen(b) || behindSameNat(a, b)
}
