import type { PortRange } from '../report/behaviour.ts'
import { WHOLE_RANGE } from '../report/nat-report.ts'
import type { Allocation } from './allocations.ts'
import type { DeltaFit } from './delta-fit.ts'

/** An estimate of the range of external ports. */
export interface RangeEstimate {
  readonly range: PortRange
  /** False: the default range is assumed. */
  readonly measured: boolean
}

/** Ranges in use: all ports, those above the well-known ones, Linux's and IANA's ephemeral ones. RFC 6335 §6. */
const USUAL_RANGES: readonly PortRange[] = [WHOLE_RANGE, [1, 65535], [32768, 60999], [49152, 65535]]

/** With fewer points the ends are a guess: each is off by the width divided by the number of points. */
const MIN_POINTS = 24

/** As few points show that ports come from a block of a subscriber, though not where it ends. RFC 7422. */
const MIN_BLOCK_POINTS = 6
/** Seven points of the whole range are within so few ports once in 70,000 times. */
const MAX_BLOCK = 6000
/** The outermost point is further from the end than so many mean gaps in one block of seven. */
const BLOCK_MARGIN = 2

/** A counter that falls by more than this has wrapped around at the end of its range. */
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

/** The modulus of a folded rule is the exact width; the ports show the position. */
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
  if (ports.length < MIN_POINTS) return blockAround(ports)
  const low = Math.min(...ports)
  const high = Math.max(...ports)
  const width = (high - low) * ((ports.length + 1) / (ports.length - 1)) + 1
  // The mean gap between the outermost port and the end of the range; its deviation is as large.
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

/** A block in which the points lie, with a margin. A search that covers nearly all of the block finds a port as well. */
function blockAround(ports: readonly number[]): RangeEstimate {
  if (ports.length < MIN_BLOCK_POINTS) return UNMEASURED
  const [low, high] = [Math.min(...ports), Math.max(...ports)]
  if (high - low > MAX_BLOCK) return UNMEASURED
  const margin = Math.ceil((BLOCK_MARGIN * (high - low)) / (ports.length - 1))
  return { range: [Math.max(1, low - margin), Math.min(65535, high + margin)], measured: true }
}

/** Places a range of this width around the ports: at the roundest number, else in the middle. */
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
