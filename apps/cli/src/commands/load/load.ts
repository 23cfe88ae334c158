import { type LoadPhase, runLoad } from '@p2pd/lab'
import { CliError } from '../../cli-error.ts'
import type { Context } from '../../context.ts'
import { formatTable } from '../../text/table.ts'

/** The options of the command line. */
export interface LoadCommandOptions {
  readonly nodes: number
  readonly calls?: number
  readonly atOnce: number
  readonly limit: number
  readonly seed: number
  readonly brokerPid?: readonly string[]
}

/** `p2pd load`: what a broker does for many nodes, and what each of them costs it. */
export async function load(
  { output, interrupted }: Context,
  brokers: readonly string[],
  options: LoadCommandOptions,
): Promise<void> {
  const { nodes, calls = nodes, atOnce, limit: limitMs, seed } = options
  const plan = { brokers, nodes, calls, seed, atOnce, limitMs }
  const brokerPids = (options.brokerPid ?? []).map(Number)
  const phases: LoadPhase[] = []
  for await (const phase of runLoad(plan, { brokerPids, signal: interrupted })) {
    phases.push(phase)
    output.event({ event: 'load', ...phase })
    output.info(`${phase.phase}: ${phase.done} in ${(phase.elapsedMs / 1000).toFixed(1)} s`)
  }
  output.result(tableOf(phases))
  const lacking = phases.filter(({ failed, left }) => failed + left > 0)
  if (lacking.length > 0) throw new CliError('CLI_LOAD', lacking.map(lackOf).join('; '))
}

function tableOf(phases: readonly LoadPhase[]): string {
  const head = [
    '',
    'done',
    'failed',
    'left',
    'a second',
    'p50',
    'p95',
    'memory a node',
    'of the broker',
    'broker, CPU',
  ]
  return formatTable({
    head,
    rows: phases.map((phase) => [
      phase.phase,
      phase.done,
      phase.failed,
      phase.left,
      phase.perSecond.toFixed(0),
      ms(phase.p50Ms),
      ms(phase.p95Ms),
      kilobytes(phase.nodeBytes),
      kilobytes(phase.brokerBytes),
      phase.brokerCpuMs === undefined ? '' : `${phase.brokerCpuMs} ms`,
    ]),
    figures: head.map((_, column) => column).slice(1),
  })
}

function lackOf({ phase, failed, left, reason }: LoadPhase): string {
  const why = reason === undefined ? '' : ` (${reason})`
  return `${phase}: ${failed} failed${why}, ${left} not begun in time`
}

function ms(value: number | undefined): string {
  return value === undefined ? '' : `${value.toFixed(1)} ms`
}

function kilobytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : `${(bytes / 1000).toFixed(1)} kB`
}
