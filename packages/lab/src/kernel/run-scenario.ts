import { type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { systemClock, systemRandom } from '@p2pd/netif/node'
import { LabError } from '../lab-error.ts'
import { pcapHeader, pcapRecord } from '../pcap.ts'
import type { ProgramEntry, Scenario } from '../scenario.ts'
import { type ScenarioTurnServers, startTurnServers } from '../turn/turn-servers.ts'
import { KernelInternet, type KernelInternetOptions } from './kernel-internet.ts'

/** Options for the programs of a scenario. */
export interface RunScenarioOptions extends Omit<KernelInternetOptions, 'scenario'> {
  /** Captures the packets on the link of a NIC (`alice/eth0`; `alice` means the first) or a box. @default nothing */
  readonly capture?: { readonly link: string; readonly write: (bytes: Uint8Array) => void }
  /** Standard input and output of the programs. @default 'inherit' */
  readonly stdio?: StdioOptions
  /** Called when the network and its TURN servers are up, before the programs start. */
  readonly onUp?: (net: KernelInternet, turn: ScenarioTurnServers['servers']) => void
  /** Called with each program when it is started. */
  readonly onStart?: (program: ProgramEntry, child: ChildProcess) => void
  /** Ends the run; programs that still run count as killed. */
  readonly signal?: AbortSignal
}

/** The end of one program. */
export interface ProgramResult {
  readonly program: ProgramEntry
  /** Exit status, or null when a signal or the abort of the run ended it, or it could not be started. */
  readonly status: number | null
}

/**
 * Brings a scenario up on real kernels. It starts the TURN servers, then the programs in their order, and takes the network
 * down when the programs have ended. With a `signal` and no program to wait for, the network stays up until the signal.
 *
 * Rejects as `KernelInternet.create` does, and with `LAB_UNKNOWN_NAME` for a wrong link to capture. Rejects as a listener does
 * when a TURN server did not come back.
 */
export async function runScenario(
  scenario: Scenario,
  { capture, stdio = 'inherit', onUp, onStart, signal, ...options }: RunScenarioOptions = {},
): Promise<ProgramResult[]> {
  signal?.throwIfAborted()
  const net = await KernelInternet.create({ ...options, scenario })
  const close = () => void net.close()
  signal?.addEventListener('abort', close)
  let turn: ScenarioTurnServers | undefined
  try {
    if (capture !== undefined) startCapture(net, capture.link, capture.write)
    turn = await startTurnServers(scenario, {
      host: (name) => net.host(name),
      clock: systemClock,
      random: systemRandom,
    })
    const { servers } = turn
    onUp?.(net, servers)
    signal?.throwIfAborted()
    const started = (scenario.programs ?? []).map((program) => {
      const child = start(net, withServers(program, servers), stdio)
      onStart?.(program, child)
      return { program, ended: exitStatus(child, signal) }
    })
    const awaited = started.filter(({ program }) => program.background !== true)
    if (awaited.length === 0 && signal?.aborted === false) await once(signal, 'abort')
    return await Promise.all(awaited.map(async ({ program, ended }) => ({ program, status: await ended })))
  } finally {
    signal?.removeEventListener('abort', close)
    await closeAll(net, turn, signal)
  }
}

/** An interruption has closed the hosts already. Else a server that has not come back makes the run another than the scenario's. */
async function closeAll(
  net: KernelInternet,
  turn: ScenarioTurnServers | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await turn?.close()
  } catch (error) {
    if (signal?.aborted !== true) throw error
  } finally {
    await net.close()
  }
}

/** The servers as the entries of a servers file, which a program can write. */
function withServers(program: ProgramEntry, servers: ScenarioTurnServers['servers']): ProgramEntry {
  return { ...program, environment: { P2PD_LAB_TURN: JSON.stringify(servers), ...program.environment } }
}

function start(net: KernelInternet, program: ProgramEntry, stdio: StdioOptions): ChildProcess {
  const [command = '', ...args] = program.command
  return net.host(program.host).spawn(command, args, { stdio, env: { ...program.environment } })
}

async function exitStatus(child: ChildProcess, signal: AbortSignal | undefined): Promise<number | null> {
  try {
    const [status] = (await once(child, 'exit')) as [number | null]
    // It may find its host gone before it runs there.
    return signal?.aborted === true ? null : status
  } catch {
    return null // The program could not be started.
  }
}

function startCapture(net: KernelInternet, name: string, write: (bytes: Uint8Array) => void): void {
  const link = net.links.find((each) => each === name || each === `${name}/eth0`)
  if (link === undefined)
    throw new LabError(
      'LAB_UNKNOWN_NAME',
      `there is no link ${JSON.stringify(name)}: ${net.links.join(', ')}`,
    )
  write(pcapHeader())
  net.tap((crossing) => {
    if (crossing.link === link) write(pcapRecord(crossing.packet, performance.timeOrigin + crossing.at))
  })
}
