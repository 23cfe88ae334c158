import { systemReason } from '@p2pd/netif'
import { readFileSync } from 'node:fs'
import {
  type KernelInternet,
  parseScenario,
  type ProgramResult,
  runScenario,
  type Scenario,
  type ScenarioTurnServers,
} from '@p2pd/lab'
import { decodeTextFile } from '@p2pd/node/node'
import { CliError } from '../../cli-error.ts'
import type { Context } from '../../context.ts'
import { CaptureFile } from './capture-file.ts'
import { relayOutput } from './relay-output.ts'

/** Where to capture what, or neither. */
export interface RunOptions {
  readonly pcap?: string
  readonly link?: string
}

/** `p2pd lab run`: a scenario on real kernels, until its programs or the user end it. */
export async function run(context: Context, file: string, { pcap, link }: RunOptions): Promise<void> {
  const { output, interrupted } = context
  const scenario = readScenario(file)
  const failure = new AbortController()
  const captureFile = new CaptureFile(pcap ?? '', (error) => failure.abort(error))
  const relays: Promise<void>[] = []
  try {
    const results = await runScenario(scenario, {
      ...(link !== undefined && { capture: { link, write: (bytes) => captureFile.write(bytes) } }),
      stdio: ['ignore', 'pipe', 'pipe'],
      onUp: (net, turn) => announce(context, net, turn),
      onStart: ({ host }, program) => relays.push(relayOutput(output, host, program)),
      signal: AbortSignal.any([interrupted, failure.signal]),
    })
    await Promise.all(relays)
    failure.signal.throwIfAborted()
    checkResults(results)
  } finally {
    await captureFile.close()
  }
}

function readScenario(file: string): Scenario {
  try {
    return parseScenario(decodeTextFile(readFileSync(file)))
  } catch (cause) {
    throw new CliError('CLI_SCENARIO', `${file}: ${systemReason(cause)}`, { cause })
  }
}

function announce(
  { output }: Context,
  { id, plan }: KernelInternet,
  turn: ScenarioTurnServers['servers'],
): void {
  const hosts = plan.hosts.map(
    ({ name, nics }) => [name, nics.flatMap(({ addresses }) => addresses.map(({ ip }) => ip))] as const,
  )
  const boxes = plan.boxes.map(({ name, external }) => [name, external] as const)
  output.event({
    event: 'ready',
    run: id,
    hosts: Object.fromEntries(hosts),
    boxes: Object.fromEntries(boxes),
    ...(turn.length > 0 && { turn }),
  })
  for (const [name, addresses] of hosts) output.info(`${name} has ${addresses.join(', ')}`)
  for (const { uri } of turn) output.info(`${uri} is up`)
  output.info(`Up until Ctrl-C or until the programs end. Join a host: p2pd lab shell HOST --run ${id}`)
}

function checkResults(results: readonly ProgramResult[]): void {
  const failed = results.flatMap(({ program: { host, command }, status }) =>
    status === 0
      ? []
      : [`${command[0]} on ${host} ${status === null ? 'was killed' : `ended with ${status}`}`],
  )
  if (failed.length > 0) throw new CliError('CLI_LAB_PROGRAM', failed.join('; '))
}
