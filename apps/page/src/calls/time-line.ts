import type { ReportLine } from '@p2pd/client'

/** The strategies in the order in which they are started. */
export const STRATEGIES = ['direct', 'reverse', 'tcp-punch', 'udp-punch', 'relay'] as const

/** Attempts that are drawn in one lane; the table has all. */
const MAX_ROWS = 6
/** The mark behind an attempt takes this share of the width. */
const MARK_SHARE = 0.03

/** An attempt in the picture, and its row within the lane, counted from 0. */
export interface DrawnAttempt {
  readonly line: ReportLine
  readonly row: number
}

/** The attempts of one strategy. */
export interface Lane {
  readonly strategy: string
  readonly rows: number
  readonly attempts: readonly DrawnAttempt[]
  /** Attempts that found no room in the picture. */
  readonly hidden: number
}

/** A report as a picture. Times are milliseconds since the call. */
export interface TimeLine {
  readonly lanes: readonly Lane[]
  readonly endMs: number
  readonly ticks: readonly number[]
}

/** Lays out a report: a lane for each strategy that was tried, attempts that overlap in rows below each other. */
export function layOutTimeLine(report: readonly ReportLine[]): TimeLine {
  const endMs = Math.max(1, ...report.map((line) => line.endMs))
  const strategies = [...new Set([...STRATEGIES, ...report.map(({ strategy }) => strategy)])]
  const lanes = strategies.flatMap((strategy) => {
    const lines = report.filter((line) => line.strategy === strategy)
    return lines.length === 0 ? [] : [layOutLane(strategy, lines, endMs * MARK_SHARE)]
  })
  return { lanes, endMs, ticks: ticksTo(endMs) }
}

function layOutLane(strategy: string, lines: readonly ReportLine[], markMs: number): Lane {
  // The winner is drawn whatever happens; then those that began first.
  const order = [...lines].sort((a, b) => rank(a) - rank(b) || a.startMs - b.startMs)
  const ends: number[] = []
  const attempts: DrawnAttempt[] = []
  let hidden = 0
  for (const line of order) {
    const free = ends.findIndex((end) => end <= line.startMs)
    const row = free === -1 ? ends.length : free
    if (row >= MAX_ROWS) {
      hidden++
      continue
    }
    ends[row] = line.endMs + markMs
    attempts.push({ line, row })
  }
  return { strategy, rows: Math.max(1, ends.length), attempts, hidden }
}

function rank({ outcome }: ReportLine): number {
  return outcome === 'won' ? 0 : 1
}

/** Four to eight round numbers from 0 to the end. */
export function ticksTo(endMs: number): number[] {
  const rough = endMs / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? rough
  return Array.from(
    { length: Math.floor(endMs / step + 1e-9) + 1 },
    (_, i) => Math.round(i * step * 1000) / 1000,
  )
}

/** A report in one sentence or two: how it ended, and why. */
export function summaryOf(report: readonly ReportLine[]): string {
  const won = report.find(({ outcome }) => outcome === 'won')
  const count = (outcome: string) => report.filter((line) => line.outcome === outcome).length
  const passive = (outcome: string) => `${count(outcome) === 1 ? 'was' : 'were'} ${outcome}`
  const others = [
    ...(count('failed') > 0 ? [`${count('failed')} failed`] : []),
    ...['cancelled', 'skipped'].flatMap((outcome) =>
      count(outcome) > 0 ? [`${count(outcome)} ${passive(outcome)}`] : [],
    ),
  ]
  const rest = others.length === 0 ? '' : ` Of the other attempts ${others.join(', ')}.`
  if (won !== undefined) return `Connected by ${won.strategy} after ${won.endMs} ms.${rest}`
  if (report.length === 0) return 'The peer called: it has the attempts.'
  const reasons = [
    ...new Set(report.filter(({ outcome }) => outcome === 'failed').map(({ reason }) => reason)),
  ]
  const why = reasons.length === 0 ? '' : ` ${reasons.slice(0, 3).join('; ')}.`
  return `No path was found.${why}${rest}`
}
