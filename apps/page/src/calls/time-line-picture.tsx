import type { ReportLine } from '@p2pd/client'
import { formatSpan } from '../text/quantities.ts'
import { type DrawnAttempt, layOutTimeLine, summaryOf } from './time-line.ts'

const WIDTH = 760
const LEFT = 96
const ROW = 16
const LANE_GAP = 10
const AXIS = 22

const MARKS: Readonly<Record<string, string>> = { won: '✓', failed: '✕', cancelled: '–', skipped: '·' }

/** A report as a picture: a lane for each strategy, time from left to right. Attempts after `until` are not drawn yet. */
export function TimeLinePicture(props: {
  readonly report: readonly ReportLine[]
  readonly until: number | undefined
  readonly label: string
}) {
  const { report, until, label } = props
  const { lanes, endMs, ticks } = layOutTimeLine(report)
  const xOf = (time: number) => LEFT + (time / endMs) * (WIDTH - LEFT - 24)
  let top = 4
  const placed = lanes.map((lane) => {
    const y = top
    top += lane.rows * ROW + LANE_GAP
    return { lane, y }
  })
  const bottom = top
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <svg
        class="time-line"
        viewBox={`0 0 ${WIDTH} ${bottom + AXIS}`}
        role="img"
        aria-label={`${label}. ${summaryOf(report)}`}
      >
        {ticks.map((tick) => (
          <g key={tick} class="tick">
            <path d={`M${xOf(tick)} 0V${bottom}`} />
            <text x={xOf(tick)} y={bottom + 14} text-anchor="middle">
              {formatSpan(tick)}
            </text>
          </g>
        ))}
        {placed.map(({ lane, y }) => (
          <g key={lane.strategy}>
            <text class="lane" x={LEFT - 10} y={y + 12} text-anchor="end">
              {lane.strategy}
            </text>
            {lane.attempts.map((attempt, index) => (
              <Attempt key={index} attempt={attempt} y={y} xOf={xOf} until={until} />
            ))}
            {lane.hidden > 0 && (
              <text class="dim-text" x={WIDTH - 4} y={y + 12} text-anchor="end">
                +{lane.hidden}
              </text>
            )}
          </g>
        ))}
        {until !== undefined && <path class="cursor" d={`M${xOf(until)} 0V${bottom}`} />}
      </svg>
    </div>
  )
}

function Attempt(props: {
  readonly attempt: DrawnAttempt
  readonly y: number
  readonly xOf: (time: number) => number
  readonly until: number | undefined
}) {
  const { attempt, y, xOf, until = Number.POSITIVE_INFINITY } = props
  const { line, row } = attempt
  if (line.startMs > until) return null
  const isOver = line.endMs <= until
  const left = xOf(line.startMs)
  const width = Math.max(3, xOf(Math.min(line.endMs, until)) - left)
  const at = y + row * ROW
  return (
    <g class={`attempt by-${line.strategy} is-${isOver ? line.outcome : 'running'}`}>
      <title>
        {line.local} → {line.remote}, {line.startMs} to {line.endMs} ms: {line.outcome}. {line.reason}
      </title>
      <rect x={left} y={at + 2} width={width} height={ROW - 5} rx="3" />
      {isOver && (
        <text x={left + width + 4} y={at + 12}>
          {MARKS[line.outcome] ?? '?'}
        </text>
      )}
    </g>
  )
}
