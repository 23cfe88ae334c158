import type { ReportLine } from '@p2pd/node'
import { formatTable } from '../text/table.ts'

/** Characters from the call to the end of the last attempt. */
const WIDTH = 24
const MARKS = { won: '█', failed: '▒', cancelled: '░', skipped: '·' } as const

/** Attempts as a time line, in the order in which they began: who tried what, when, and why it ended. */
export function formatTimeLine(report: readonly ReportLine[]): string {
  if (report.length === 0) return 'No path was tried.'
  const lines = [...report].sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs)
  const totalMs = Math.max(1, ...lines.map(({ endMs }) => endMs))
  const rows = lines.map((line) => {
    const { strategy, remote, startMs, endMs, outcome, reason } = line
    return [strategy, remote, bar(line, totalMs), `${startMs}-${endMs}`, outcome, reason]
  })
  return formatTable({
    head: ['strategy', 'remote', `0 to ${totalMs} ms`, 'ms', 'outcome', 'reason'],
    rows,
  })
}

function bar({ startMs, endMs, outcome }: ReportLine, totalMs: number): string {
  const first = Math.min(WIDTH - 1, Math.floor((startMs / totalMs) * WIDTH))
  const last = Math.max(first + 1, Math.ceil((endMs / totalMs) * WIDTH))
  return ' '.repeat(first) + MARKS[outcome].repeat(last - first) + ' '.repeat(WIDTH - last)
}
