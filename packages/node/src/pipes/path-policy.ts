import type { StrategyName } from '../report/report.ts'

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
