import { punchable } from '@p2pd/punch'
import type { PunchResult } from '../punching/run-punch.ts'
import { reportOf } from '../punching/nat-report.ts'
import { deltaTypes, natTypes, type Preset, type PresetName } from '../preset.ts'
import { findPreset } from '../presets.ts'
import { createRandom } from '../random.ts'
import { fieldPresets } from '../field-presets.ts'
import type { BoxSettings } from '../nat/settings.ts'

/** The seven types times the five deltas: both sides of the matrix. */
export const matrixPresets: readonly Preset[] = natTypes.flatMap((type) =>
  deltaTypes.flatMap((delta) => findPreset(`${type}-${delta}`) ?? []),
)

/** The presets of the second matrix: the boxes from the field, and one of each kind that they meet. */
export const fieldMatrixPresets: readonly Preset[] = [
  ...fieldPresets,
  ...(
    [
      'home',
      'full-cone-equal',
      'restricted-equal',
      'symmetric-equal',
      'symmetric-independent',
      'symmetric-random',
    ] as const
  ).flatMap((name) => findPreset(name) ?? []),
]

/** The same box with other subscribers, who make so many mappings per second more. */
export function withOthers(settings: BoxSettings, perSecond: number): BoxSettings {
  if (perSecond === 0 || settings.kind === 'open' || settings.kind === 'firewall') return settings
  const othersPerSecond = (settings.traffic?.othersPerSecond ?? 0) + perSecond
  return { ...settings, traffic: { ...settings.traffic, othersPerSecond } }
}

/** A caller and a peer, each behind a preset. */
export interface MatrixPair {
  readonly protocol: 'udp' | 'tcp'
  readonly caller: PresetName
  readonly peer: PresetName
}

/** A pair with its results, run by run. */
export interface MatrixCell extends MatrixPair {
  /** Whether the pair can be punched by the table of `@p2pd/punch`. */
  readonly expected: boolean
  readonly technique: PunchResult['technique']
  readonly runs: readonly PunchResult[]
}

/** The share of runs in which a pair has to connect. */
export const LEAST_SHARE = 0.95

/** A pair with a failure runs this often, because five runs cannot show a rate of one in twenty. */
const RUNS_FOR_A_VERDICT = 40

/** Runs a pair until it is known whether it connects often enough. */
export async function runCell(
  a: Preset,
  b: Preset,
  protocol: 'udp' | 'tcp',
  runs: number,
  run: (attempt: number) => Promise<PunchResult>,
): Promise<MatrixCell> {
  const results: PunchResult[] = []
  let wanted = runs
  while (results.length < wanted) {
    const result = await run(results.length)
    if (result.outcome === 'failed') wanted = Math.max(runs, RUNS_FOR_A_VERDICT)
    results.push(result)
  }
  const technique = results[0]?.technique ?? 'impossible'
  const pair = { protocol, caller: a.name, peer: b.name }
  return { ...pair, expected: isPunchable(a, b, protocol), technique, runs: results }
}

/** A seed for each run, so that runs lose different packets. It does not depend on the other pairs. */
export function seedOf(seed: number, { protocol, caller, peer }: MatrixPair, attempt: number): number {
  return Math.floor(createRandom(seed, `${protocol} ${caller} ${peer} ${attempt}`)() * 2 ** 31)
}

function isPunchable(a: Preset, b: Preset, protocol: 'udp' | 'tcp'): boolean {
  // Two NATs, which need different addresses.
  const [reportA, reportB] = [[a, '5.5.0.1'] as const, [b, '5.5.0.2'] as const].map(([{ settings }, ip]) =>
    reportOf(settings, protocol, [ip]),
  ) as [ReturnType<typeof reportOf>, ReturnType<typeof reportOf>]
  return punchable(reportA, reportB, protocol).technique !== 'impossible'
}
