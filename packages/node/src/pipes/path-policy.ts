import { STRATEGY_NAMES, type StrategyName } from '../report/report.ts'
import type { Path } from './path.ts'

/** The facts about a path that decide whether a session moves to it. */
export interface PathQuality {
  readonly strategy: StrategyName
  /** Undefined while it is not measured. */
  readonly rttMs: number | undefined
}

/** A move for the round trip alone has to gain so much: less would be lost in the jitter of most lines. */
const MIN_GAIN_MS = 10
const MIN_GAIN_SHARE = 0.2
/** After a move none follows for the round trip alone: two lines of equal quality must not take turns. */
const HOLD_DOWN_MS = 30_000

/** Whether the bytes of a path go through a relay, which costs others. */
export function isRelayed({ strategy }: Pick<PathQuality, 'strategy'>): boolean {
  return strategy === 'relay'
}

/**
 * Whether a session that uses one path moves to another that works. It leaves a relayed path for a direct one at once, and
 * never the other way. Between two of a kind it moves for a clearly lower round trip.
 */
export function isBetterPath(candidate: PathQuality, current: PathQuality, sinceMoveMs: number): boolean {
  if (isRelayed(candidate) !== isRelayed(current)) return isRelayed(current)
  if (candidate.rttMs === undefined || current.rttMs === undefined || sinceMoveMs < HOLD_DOWN_MS) return false
  const gainMs = current.rttMs - candidate.rttMs
  return gainMs >= Math.max(MIN_GAIN_MS, MIN_GAIN_SHARE * current.rttMs)
}

/** Whether two paths join the same two addresses in the same way: moving from one to the other gains nothing. */
export function isSamePath(one: Ends, other: Ends): boolean {
  const isSameEnd = one.local.ip === other.local.ip && one.remote.ip === other.remote.ip
  return isSameEnd && isRelayed(one) === isRelayed(other)
}

type Ends = Pick<Path, 'strategy' | 'local' | 'remote'>

/**
 * The strategies worth a call beside a path that works. Beside a relayed one these are all others, and beside a poor one, too. Beside
 * another direct one they are plain dials: a punch costs packets of both NATs. A relay is never better.
 */
export function strategiesForBetter(
  current: Pick<Path, 'strategy'>,
  allowed: readonly StrategyName[] = STRATEGY_NAMES,
  isPoor = false,
): StrategyName[] {
  const isPlain = (name: StrategyName) => name === 'direct' || name === 'reverse'
  return allowed.filter((name) => (isPoor || isRelayed(current) ? name !== 'relay' : isPlain(name)))
}
