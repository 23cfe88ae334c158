import { FLOOR_MS, R_D } from '../punching/conditions.ts'
import type { PunchResult } from '../punching/run-punch.ts'
import { percentile } from '../percentile.ts'
import { LEAST_SHARE, type MatrixCell } from './cell.ts'

/** The median time that a technique may take until the caller has authenticated the peer. */
export const P50_LIMITS_MS: Readonly<Record<PunchResult['technique'], number | undefined>> = {
  // Both mappings are known, so the time stays near the floor.
  'known-mappings': 1.3 * FLOOR_MS,
  'open-then-listen': 1000,
  window: 1000,
  // 512 guesses on average, 100 a second; half of the searches are luckier.
  birthday: 3000,
  impossible: undefined,
}

/** The techniques whose limit holds for each single pair, not only for all pairs together. */
const EACH_PAIR: readonly PunchResult['technique'][] = ['open-then-listen', 'window']

/** With fewer runs one lost packet would decide the median. */
const RUNS_FOR_A_MEDIAN = 5

/** The results of all pairs of one technique. */
export interface TechniqueSummary {
  readonly protocol: 'udp' | 'tcp'
  readonly technique: PunchResult['technique']
  readonly pairs: number
  readonly runs: number
  readonly connected: number
  /** Until the caller has authenticated the peer; absent when nothing connected. */
  readonly p50Ms?: number
  readonly p95Ms?: number
  readonly mostMs?: number
}

/** Until the caller has authenticated the peer: TLS 1.3 takes one round trip more than the path. RFC 8446 §2. */
export function authenticatedMs({ callerMs }: PunchResult): number {
  return callerMs + R_D
}

export function connectedRuns({ runs }: MatrixCell): readonly PunchResult[] {
  return runs.filter(({ outcome }) => outcome === 'connected')
}

/** The differences between a pair's results and the tables, in words; empty when there are none. */
export function problemsOf(cell: MatrixCell): string[] {
  const { runs, expected } = cell
  const reasons = [...new Set(runs.flatMap(({ reason }) => reason ?? []))].join('; ')
  if (!expected) {
    return runs.every(({ outcome }) => outcome === 'skipped') ? [] : ['cannot work, and yet is not skipped']
  }
  const connected = connectedRuns(cell)
  const problems: string[] = []
  if (connected.length < LEAST_SHARE * runs.length)
    problems.push(`connects in ${connected.length} of ${runs.length} runs: ${reasons}`)
  const late = runs.find(({ punchMs, boundMs }) => punchMs > boundMs + 1)
  if (late !== undefined)
    problems.push(`takes ${late.punchMs.toFixed(0)} ms, longer than its ${late.boundMs.toFixed(0)} ms`)
  const p50 = percentile(connected.map(authenticatedMs), 0.5) ?? 0
  const isJudged = EACH_PAIR.includes(cell.technique) && runs.length >= RUNS_FOR_A_MEDIAN
  const limit = isJudged ? P50_LIMITS_MS[cell.technique] : undefined
  if (limit !== undefined && p50 > limit)
    problems.push(`p50 is ${p50.toFixed(0)} ms, more than ${limit.toFixed(0)} ms`)
  return problems
}

/** One summary for each technique that occurs. */
export function summarize(cells: readonly MatrixCell[]): TechniqueSummary[] {
  return [...new Set(cells.map(({ protocol }) => protocol))].flatMap((protocol) =>
    Object.keys(P50_LIMITS_MS).flatMap((technique) => {
      const group = cells.filter((cell) => cell.protocol === protocol && cell.technique === technique)
      return group.length === 0 ? [] : [summaryOf(protocol, technique as PunchResult['technique'], group)]
    }),
  )
}

function summaryOf(
  protocol: TechniqueSummary['protocol'],
  technique: TechniqueSummary['technique'],
  group: readonly MatrixCell[],
): TechniqueSummary {
  const times = group.flatMap(connectedRuns).map(authenticatedMs)
  const [p50Ms, p95Ms, mostMs] = [0.5, 0.95, 1].map((share) => percentile(times, share))
  return {
    protocol,
    technique,
    pairs: group.length,
    runs: group.reduce((sum, { runs }) => sum + runs.length, 0),
    connected: times.length,
    ...(p50Ms !== undefined && { p50Ms }),
    ...(p95Ms !== undefined && { p95Ms }),
    ...(mostMs !== undefined && { mostMs }),
  }
}

/** The reason why a technique exceeds its limit, in words. */
export function problemOf({ protocol, technique, p50Ms = 0 }: TechniqueSummary): string | undefined {
  const limit = P50_LIMITS_MS[technique]
  if (limit === undefined || p50Ms <= limit) return undefined
  return `${protocol}, ${technique}: p50 is ${p50Ms.toFixed(0)} ms, more than ${limit.toFixed(0)} ms`
}
