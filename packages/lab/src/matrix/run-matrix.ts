import { punchPair } from '../punching/punch-pair.ts'
import type { Preset } from '../presets.ts'
import { type MatrixCell, matrixPresets, runCell, seedOf } from './cell.ts'

/** What a matrix is made of. */
export interface MatrixOptions {
  readonly seed: number
  /** How often each pair runs. @default 5, and 1 through real kernels */
  readonly runs?: number
  /** @default both */
  readonly protocols?: readonly ('udp' | 'tcp')[]
  /** Every one of them calls every one. @default the 35 */
  readonly presets?: readonly Preset[]
  /** Ends it. */
  readonly signal?: AbortSignal
}

export const PROTOCOLS = ['udp', 'tcp'] as const

/** As many Internets for each pair: lost packets differ. */
const RUNS = 5

/** Punches between all presets in the virtual Internet, row by row; the same seed gives the same cells. */
export async function* runMatrix({
  seed,
  runs = RUNS,
  protocols = PROTOCOLS,
  presets = matrixPresets,
  signal,
}: MatrixOptions): AsyncGenerator<MatrixCell> {
  for (const protocol of protocols) {
    for (const a of presets) {
      for (const b of presets) {
        signal?.throwIfAborted()
        const hosts = [{ nat: a.settings }, { nat: b.settings }] as const
        const pair = { protocol, caller: a.name, peer: b.name }
        yield await runCell(a, b, protocol, runs, (attempt) =>
          punchPair({ protocol, seed: seedOf(seed, pair, attempt), hosts }),
        )
      }
    }
  }
}
