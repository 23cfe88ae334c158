import { systemReason } from '@p2pd/netif'
import { readFileSync, writeFileSync } from 'node:fs'
import { type Preset, replayCall, scenarioOf } from '@p2pd/lab'
import { decodeTextFile } from '@p2pd/node/node'
import { CliError } from '../../cli-error.ts'
import type { Context } from '../../context.ts'
import { readSavedReport } from './saved-report.ts'

export interface ReplayOptions {
  readonly output?: string
  readonly seed: number
}

/** `p2pd lab replay`: the NATs of a saved report as a scenario, and a call between them in the virtual Internet. */
export async function replay(
  { output }: Context,
  file: string,
  preset: Preset,
  { output: target, seed }: ReplayOptions,
): Promise<void> {
  const saved = readReport(file)
  const pair = { caller: saved.caller, peer: saved.peer ?? preset.settings, seed }
  const scenario = scenarioOf(pair)
  output.event({ event: 'scenario', scenario })
  if (target !== undefined) write(target, `${JSON.stringify(scenario, undefined, 2)}\n`)
  else if (!output.json) output.result(JSON.stringify(scenario, undefined, 2))
  if (saved.peer === undefined)
    output.info(`The report has no peer: a network of the kind ${preset.name} stands for it (--peer).`)
  const { strategy = 'relay', callerMs } = await replayCall(pair)
  const reported = saved.strategy ?? null
  output.event({ event: 'replay', strategy, callerMs: Math.round(callerMs), reported })
  const then = reported === null ? '' : `; the report says ${reported}`
  output.info(`In the laboratory the two connect by ${strategy}, after ${Math.round(callerMs)} ms${then}.`)
}

function readReport(file: string) {
  try {
    return readSavedReport(decodeTextFile(readFileSync(file)))
  } catch (cause) {
    throw new CliError('CLI_SCENARIO', `${file}: ${systemReason(cause)}`, { cause })
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (cause) {
    throw new CliError('CLI_FILE', `${file} can't be written: ${systemReason(cause)}`, { cause })
  }
}
