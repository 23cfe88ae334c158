import { type MatrixCell, type MatrixPair, matrixPresets, runCell } from './cell.ts'
import { KernelPairs } from './kernel-pairs.ts'
import { type MatrixOptions, PROTOCOLS } from './run-matrix.ts'
import type { Preset } from '../preset.ts'

/** Pairs under way at a time. The router of the kernel Internet is one process, and delays packets when it is busy. */
const AT_ONCE = 4

interface Job extends MatrixPair {
  readonly a: Preset
  readonly b: Preset
}

/**
 * Punches between all presets through real kernels, in real time. Each pair runs in one direction, which is half of
 * the matrix. It gives each cell when it is done. Linux only; throws `LAB_UNSUPPORTED` elsewhere.
 */
export async function* runKernelMatrix({
  seed,
  runs = 1,
  protocols = PROTOCOLS,
  presets = matrixPresets,
  signal,
}: MatrixOptions): AsyncGenerator<MatrixCell> {
  const pairs = await KernelPairs.create({ presets: presets.map(({ name }) => name), seed })
  const waiting = protocols.flatMap((protocol) => halfMatrix(presets, protocol))
  const running = new Map<Job, Promise<{ job: Job; cell: MatrixCell }>>()
  try {
    while (waiting.length + running.size > 0) {
      signal?.throwIfAborted()
      for (let job = nextJob(waiting, running); job !== undefined; job = nextJob(waiting, running)) {
        running.set(job, runJob(pairs, job, runs, signal))
      }
      const { job, cell } = await Promise.race(running.values())
      running.delete(job)
      yield cell
    }
  } finally {
    await Promise.allSettled(running.values())
    await pairs.close()
  }
}

/** The number of cells that `runKernelMatrix` gives. */
export function halfMatrixSize(presets: number, protocols: number): number {
  return ((presets * (presets + 1)) / 2) * protocols
}

/** The pairs, diagonal by diagonal, so that neighbours do not share a host. */
function halfMatrix(presets: readonly Preset[], protocol: Job['protocol']): Job[] {
  return presets.flatMap((_, distance) =>
    presets.slice(distance).flatMap((b, i) => {
      const a = presets[i]
      return a === undefined ? [] : [{ protocol, caller: a.name, peer: b.name, a, b }]
    }),
  )
}

/** Takes the next pair whose hosts are free. */
function nextJob(waiting: Job[], running: ReadonlyMap<Job, unknown>): Job | undefined {
  if (running.size >= AT_ONCE) return undefined
  const busy = [...running.keys()]
  const isFree = ({ a, b }: Job) => busy.every((other) => other.a !== a && other.b !== b)
  const index = waiting.findIndex(isFree)
  return index < 0 ? undefined : waiting.splice(index, 1)[0]
}

async function runJob(
  pairs: KernelPairs,
  job: Job,
  runs: number,
  signal: AbortSignal | undefined,
): Promise<{ job: Job; cell: MatrixCell }> {
  const cell = await runCell(job.a, job.b, job.protocol, runs, (attempt) => {
    signal?.throwIfAborted()
    return pairs.punch(job, attempt, signal)
  })
  return { job, cell }
}
