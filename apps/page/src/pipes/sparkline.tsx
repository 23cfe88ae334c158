import { formatRate } from '../text/quantities.ts'
import type { Rates } from './rate-history.ts'

const WIDTH = 120
const HEIGHT = 28
/** Samples across the width. */
const SAMPLES = 60

/** The rates of the last two minutes as two lines, sent and received, to one scale. */
export function Sparkline({ rates, label }: { rates: Rates; label: string }) {
  const most = Math.max(1, ...rates.sent, ...rates.received)
  const last = (values: readonly number[]) => formatRate(values.at(-1) ?? 0)
  const words = `${label}: ${last(rates.sent)} sent, ${last(rates.received)} received, at most ${formatRate(most)}`
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words}>
      <path class="spark-base" d={`M0 ${HEIGHT - 1}H${WIDTH}`} />
      <polyline class="spark-received" points={pointsOf(rates.received, most)} />
      <polyline class="spark-sent" points={pointsOf(rates.sent, most)} />
    </svg>
  )
}

function pointsOf(values: readonly number[], most: number): string {
  const first = SAMPLES - values.length
  return values
    .map((value, index) => {
      const x = ((first + index) / (SAMPLES - 1)) * WIDTH
      const y = HEIGHT - 2 - (value / most) * (HEIGHT - 4)
      return `${x.toFixed(1)},${y.toFixed(1)}`
    })
    .join(' ')
}
