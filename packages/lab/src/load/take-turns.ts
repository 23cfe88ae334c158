import type { Clock } from '@p2pd/netif'
import { percentile } from '../percentile.ts'

/** How a kind of work went. */
export interface WorkSummary {
  readonly done: number
  readonly failed: number
  /** Not begun: the time for the whole load was over. */
  readonly left: number
  readonly elapsedMs: number
  readonly perSecond: number
  readonly p50Ms?: number
  readonly p95Ms?: number
  /** Of the first that failed. */
  readonly reason?: string
}

/** How much work there is, and how it is bounded. */
export interface Turns {
  readonly count: number
  readonly atOnce: number
  readonly clock: Clock
  /** Nothing is begun after this time of the clock. */
  readonly until: number
  readonly signal: AbortSignal
}

/** Does a piece of work for each number below `count`, some at a time, and counts what came of it. */
export async function takeTurns(turns: Turns, work: (index: number) => Promise<void>): Promise<WorkSummary> {
  const { clock, count, until, signal } = turns
  const startedAt = clock.now()
  const times: number[] = []
  let [next, failed] = [0, 0]
  let reason: string | undefined
  const worker = async () => {
    while (next < count && clock.now() < until && !signal.aborted) {
      const begunAt = clock.now()
      try {
        await work(next++)
        times.push(clock.now() - begunAt)
      } catch (error) {
        failed++
        reason ??= error instanceof Error ? error.message : String(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(turns.atOnce, count) }, worker))
  signal.throwIfAborted()
  const elapsedMs = clock.now() - startedAt
  const [p50Ms, p95Ms] = [percentile(times, 0.5), percentile(times, 0.95)]
  return {
    done: times.length,
    failed,
    left: count - times.length - failed,
    elapsedMs,
    perSecond: elapsedMs === 0 ? 0 : (times.length / elapsedMs) * 1000,
    ...(p50Ms !== undefined && p95Ms !== undefined && { p50Ms, p95Ms }),
    ...(reason !== undefined && { reason }),
  }
}
