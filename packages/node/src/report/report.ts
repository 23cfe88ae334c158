/** The ways to reach a peer, in the order in which they are started. */
export const STRATEGY_NAMES = ['direct', 'reverse', 'tcp-punch', 'udp-punch', 'relay'] as const

export type StrategyName = (typeof STRATEGY_NAMES)[number]

/** How an attempt ended. */
export type Outcome = 'won' | 'failed' | 'cancelled' | 'skipped'

/** One attempt of a `connect`: which path, when (milliseconds since the call), and why it ended. */
export interface ReportLine {
  readonly strategy: StrategyName
  readonly local: string
  readonly remote: string
  readonly startMs: number
  readonly endMs: number
  readonly outcome: Outcome
  readonly reason: string
}

/** A time of a report: milliseconds since the call, to the tenth. */
export function sinceCall(startedAt: number, now: number): number {
  return Math.round((now - startedAt) * 10) / 10
}

/** A report whose winner was not taken in the end. */
export function withoutWinner(report: readonly ReportLine[], reason: string): ReportLine[] {
  return report.map((line) => (line.outcome === 'won' ? { ...line, outcome: 'cancelled', reason } : line))
}
