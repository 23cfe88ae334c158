import { accessLink } from '../punching/conditions.ts'
import { punchPair } from '../punching/punch-pair.ts'
import type { Preset } from '../preset.ts'
import type { HostOptions } from '../virtual/virtual-internet.ts'
import { type MatrixCell, matrixPresets, runCell, seedOf, withOthers } from './cell.ts'

/** Options of a matrix. */
export interface MatrixOptions {
  readonly seed: number
  /** Runs of each pair. @default 5, and 1 through real kernels */
  readonly runs?: number
  /** @default both */
  readonly protocols?: readonly ('udp' | 'tcp')[]
  /** The presets on both sides. @default the 35 */
  readonly presets?: readonly Preset[]
  /** Mappings per second that other subscribers make at each NAT, besides the preset's own. @default 0 */
  readonly othersPerSecond?: number
  /** Ends it. */
  readonly signal?: AbortSignal
}

export const PROTOCOLS = ['udp', 'tcp'] as const

/** Runs of each pair, with different packets lost. */
const RUNS = 5

/**
 * Punches between all presets in the virtual Internet, row by row; the same seed gives the same cells. Throws the
 * reason of `signal`.
 */
export async function* runMatrix({
  seed,
  runs = RUNS,
  protocols = PROTOCOLS,
  presets = matrixPresets,
  othersPerSecond = 0,
  signal,
}: MatrixOptions): AsyncGenerator<MatrixCell> {
  for (const protocol of protocols) {
    for (const a of presets) {
      for (const b of presets) {
        signal?.throwIfAborted()
        const hosts = [hostBehind(a, othersPerSecond), hostBehind(b, othersPerSecond)] as const
        const pair = { protocol, caller: a.name, peer: b.name }
        yield await runCell(a, b, protocol, runs, (attempt) =>
          punchPair({ protocol, seed: seedOf(seed, pair, attempt), hosts }),
        )
      }
    }
  }
}

function hostBehind({ settings, link }: Preset, othersPerSecond: number): HostOptions {
  const nat = withOthers(settings, othersPerSecond)
  return { nat, ...(link && { link: { ...accessLink, ...link } }) }
}
