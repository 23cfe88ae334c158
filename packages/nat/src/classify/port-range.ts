import type { PortRange } from '../behaviour.ts'
import { WHOLE_RANGE } from '../report.ts'
import type { Allocation } from './allocations.ts'
import type { DeltaFit } from './delta-fit.ts'

/** What the external ports say about where they come from. */
export interface RangeEstimate {
  readonly range: PortRange
  /** It was seen, not assumed. */
  readonly measured: boolean
}

/** Ranges in use: all ports, all but the well-known ones, Linux's and IANA's ephemeral ones. RFC 6335 §6. */
const USUAL_RANGES: readonly PortRange[] = [WHOLE_RANGE, [1, 65535], [32768, 60999], [49152, 65535]]

/** Below this the ends of a range are a guess: each is off by the width over the number of points. */
const MIN_POINTS = 24

/** A counter that falls by more than this has come to the end of its range. */
const MIN_FALL = 128

const UNMEASURED: RangeEstimate = { range: WHOLE_RANGE, measured: false }

/** Estimates the range of external ports from the allocations and the rule they follow. */
export function estimateRange(allocations: readonly Allocation[], fit: DeltaFit): RangeEstimate {
  const ports = allocations.map(({ externalPort }) => externalPort)
  switch (fit.delta.type) {
    case 'equal':
    case 'preserving':
      return foldedRange(ports, fit.modulus)
    case 'independent':
      return countedRange(ports, fit.delta.value)
    default:
      return drawnRange(ports)
  }
}

/** A rule that folds tells the width exactly, and the ports where it must lie. */
function foldedRange(ports: readonly number[], width: number): RangeEstimate {
  if (width === 0 || width >= WHOLE_RANGE[1] - WHOLE_RANGE[0]) return UNMEASURED
  return { range: place(width, Math.min(...ports), Math.max(...ports)), measured: true }
}

/** A counter shows its range when it wraps around. */
function countedRange(ports: readonly number[], step: number): RangeEstimate {
  const low = Math.min(...ports)
  const high = Math.max(...ports)
  const wrapped = ports.some((port, index) => {
    const before = ports[index - 1]
    return before !== undefined && (port - before) * Math.sign(step) < -MIN_FALL
  })
  return wrapped ? { range: [low, high], measured: true } : UNMEASURED
}

/** Ports drawn evenly lie a gap inside the ends: the width times (n + 1) / (n - 1) is without bias. */
function drawnRange(ports: readonly number[]): RangeEstimate {
  if (ports.length < MIN_POINTS) return UNMEASURED
  const low = Math.min(...ports)
  const high = Math.max(...ports)
  const width = (high - low) * ((ports.length + 1) / (ports.length - 1)) + 1
  // The ends' gaps have this mean, and scatter as widely.
  const gap = width / ports.length
  const usual = USUAL_RANGES.find(
    ([first, last]) => low >= first && high <= last && low - first < 4 * gap && last - high < 4 * gap,
  )
  if (usual !== undefined) return { range: usual, measured: true }
  const block = 2 ** Math.round(Math.log2(width))
  // Both ends together are off by more than this in 3 of 1,000 draws.
  const fits = block >= high - low + 1 && Math.abs(block - width) < 6 * gap
  return { range: place(fits ? block : Math.round(width), low, high), measured: true }
}

/** Where a range of this width around the ports begins: at the roundest number, else in the middle. */
function place(width: number, low: number, high: number): PortRange {
  const earliest = Math.max(1, high - width + 1)
  const latest = Math.min(low, 65536 - width)
  for (let grain = 32768; grain >= 256; grain /= 2) {
    const first = Math.ceil(earliest / grain) * grain
    if (first <= latest) return [first, Math.min(65535, first + width - 1)]
  }
  const first = Math.max(1, Math.round((earliest + latest) / 2))
  return [first, Math.min(65535, first + width - 1)]
}
