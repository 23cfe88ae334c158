import { type BoxSettings, findPreset } from '@p2pd/lab'

/** Calls of one host to others at the same moment, each behind a box, with the goals for them. */
export interface FirstAttemptCase {
  readonly name: string
  readonly caller: BoxSettings
  readonly peers: readonly BoxSettings[]
  readonly goal: Partial<Figures>
}

/** The figures of a case, or its goals: at least this share, at most these times. */
export interface Figures {
  /** From 0 to 1. */
  readonly firstShare: number
  readonly p50: number
  readonly p95: number
}

/** Figures of calls that were made. */
export interface Measured {
  readonly calls: number
  readonly atFirst: number
  readonly p50: number
  readonly p95: number
  /** The calls that did not connect at all: seed and reason. */
  readonly failures: readonly string[]
}

const COUNTER: Partial<Figures> = { firstShare: 0.95, p50: 600 }
const BLOCK: Partial<Figures> = { firstShare: 0.98, p50: 1000, p95: 3000 }
/** Sizes of a subscriber's block. Richter 2016. */
const BLOCK_SIZES = [512, 1024, 2048, 4096]

export const FIRST_ATTEMPT_CASES: readonly FirstAttemptCase[] = [
  between('shared-counter', ['shared-counter'], COUNTER),
  between('shared-counter', ['home'], COUNTER),
  // Calls behind one counter take turns.
  between('shared-counter', ['shared-counter', 'shared-counter'], { firstShare: 0.95 }),
  between('parity-counter', ['shared-counter'], COUNTER),
  between('symmetric-independent', ['symmetric-independent'], COUNTER),
  ...BLOCK_SIZES.map((size) => between(`block of ${size}`, ['home'], BLOCK)),
  between('home', ['block of 4096'], BLOCK),
  between('overloaded-block', ['home'], BLOCK),
  between('symmetric-random', ['home'], { p50: 1500 }),
]

/** The goals that the figures miss, in words; empty when all are met. */
export function missedBy({ goal }: FirstAttemptCase, { calls, atFirst, p50, p95 }: Measured): string {
  const missed = [
    goal.firstShare !== undefined &&
      atFirst / calls < goal.firstShare &&
      `${100 * goal.firstShare} % at first`,
    goal.p50 !== undefined && !(p50 < goal.p50) && `p50 ${goal.p50} ms`,
    goal.p95 !== undefined && !(p95 < goal.p95) && `p95 ${goal.p95} ms`,
  ]
  return missed.filter((goalMissed) => goalMissed !== false).join(', ')
}

function between(caller: string, peers: readonly string[], goal: Partial<Figures>): FirstAttemptCase {
  return { name: `${caller}, ${peers.join(' and ')}`, caller: boxOf(caller), peers: peers.map(boxOf), goal }
}

/** The box of a preset, or random ports of one block of the size that the name tells. */
function boxOf(name: string): BoxSettings {
  const [, size] = /^block of (\d+)$/.exec(name) ?? []
  const settings = findPreset(size === undefined ? name : 'port-block')?.settings
  if (settings === undefined) throw new Error(`there is no preset ${name}`)
  if (size === undefined || 'kind' in settings) return settings
  return { ...settings, ports: { ...settings.ports, blockSize: Number(size) } }
}
