import { systemReason } from '@p2pd/netif'
import { writeFileSync } from 'node:fs'
import {
  halfMatrixSize,
  heatMapRow,
  heatMapSvg,
  type MatrixCell,
  type MatrixOptions,
  matrixPresets,
  type Preset,
  problemOf,
  problemsOf,
  PROTOCOLS,
  R_D,
  R_S,
  runKernelMatrix,
  runMatrix,
  summarize,
} from '@p2pd/lab'
import { CliError } from '../../cli-error.ts'
import type { Context } from '../../context.ts'
import { counted } from '../../text/counted.ts'
import { cellEvent, head, legend, painter, summaryTable } from './matrix-table.ts'

/** The options of the command line. */
export interface MatrixCommandOptions {
  readonly seed: number
  readonly seeds?: number
  readonly kernel?: true
  readonly protocol?: readonly ('udp' | 'tcp')[]
  readonly svg?: string
  readonly others?: number
}

type Run = MatrixOptions & Required<Pick<MatrixOptions, 'presets' | 'protocols'>>

/** Pairs through real kernels between two lines of progress. */
const PROGRESS_EVERY = 50

/** `p2pd lab matrix`: every preset punches to every other, and the claim about them is put to the test. */
export async function matrix(
  context: Context,
  options: MatrixCommandOptions,
  presets: readonly Preset[] = matrixPresets,
): Promise<void> {
  const { output, interrupted } = context
  const { seed, seeds, protocol: protocols = PROTOCOLS, kernel = false } = options
  const startedAt = performance.now()
  output.info(`${kernel ? 'real kernels' : 'virtual Internet'}, seed ${seed}: ${conditions}`)
  const run: Run = {
    seed,
    protocols,
    presets,
    ...(seeds !== undefined && { runs: seeds }),
    ...(options.others !== undefined && { othersPerSecond: options.others }),
    signal: interrupted,
  }
  const cells = kernel ? await collectKernel(context, run) : await collectVirtual(context, run)
  const summaries = summarize(cells)
  for (const summary of summaries) output.event({ event: 'technique', ...summary })
  output.result(`\n${legend(kernel)}\n\n${summaryTable(summaries)}`)
  if (options.svg !== undefined) {
    const caption = `p2pd lab matrix --seed ${seed}${kernel ? ' --kernel' : ''}: ${conditions}`
    writeSvg(options.svg, heatMapSvg(cells, presets, caption))
  }
  const failures = [
    ...cells.flatMap((cell) =>
      problemsOf(cell).map((problem) => `${cell.protocol}, ${cell.caller} calls ${cell.peer}: ${problem}`),
    ),
    // The claims are about the whole matrix: a few pairs of it prove nothing.
    ...(presets === matrixPresets ? summaries.flatMap((summary) => problemOf(summary) ?? []) : []),
  ]
  const elapsedMs = Math.round(performance.now() - startedAt)
  output.event({
    event: 'matrix',
    kernel,
    seed,
    pairs: cells.length,
    ok: failures.length === 0,
    failures,
    elapsedMs,
  })
  output.info(`${counted(cells.length, 'pair')} in ${(elapsedMs / 1000).toFixed(0)} s, seed ${seed}`)
  if (failures.length > 0)
    throw new CliError('CLI_LAB_CLAIM', `the claim does not hold:\n${failures.join('\n')}`)
}

const conditions = `R_s ${R_S} ms, R_d ${R_D} ms, 20 ms jitter, 1 % loss`

/** Rows are shown as they are done. */
async function collectVirtual({ output, stdout, env }: Context, run: Run): Promise<MatrixCell[]> {
  const cells: MatrixCell[] = []
  const paint = painter(stdout, env, output.json)
  for await (const cell of runMatrix(run)) {
    output.event(cellEvent(cell))
    if (cells.length % run.presets.length ** 2 === 0) output.result(head(cell.protocol, run.presets))
    cells.push(cell)
    if (cells.length % run.presets.length > 0) continue
    output.result(heatMapRow(cell.caller, cells.slice(-run.presets.length), paint))
  }
  return cells
}

/** Cells come in any order. */
async function collectKernel({ output, stdout, env }: Context, run: Run): Promise<MatrixCell[]> {
  const { presets, protocols } = run
  const all = halfMatrixSize(presets.length, protocols.length)
  const cells: MatrixCell[] = []
  for await (const cell of runKernelMatrix(run)) {
    output.event(cellEvent(cell))
    cells.push(cell)
    for (const problem of problemsOf(cell))
      output.info(`${cell.protocol}, ${cell.caller} calls ${cell.peer}: ${problem}`)
    if (cells.length % PROGRESS_EVERY === 0) output.info(`${cells.length} of ${all} pairs`)
  }
  const paint = painter(stdout, env, output.json)
  for (const protocol of protocols) {
    output.result(head(protocol, presets))
    for (const { name } of presets) {
      const row = presets.map((peer) =>
        cells.find((cell) => cell.protocol === protocol && cell.caller === name && cell.peer === peer.name),
      )
      output.result(heatMapRow(name, row, paint))
    }
  }
  return cells
}

function writeSvg(file: string, svg: string): void {
  try {
    writeFileSync(file, svg)
  } catch (cause) {
    throw new CliError('CLI_LAB_SVG', `${file} can't be written: ${systemReason(cause)}`, { cause })
  }
}
