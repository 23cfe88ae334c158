import { type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { LabError } from '../lab-error.ts'
import { pcapHeader, pcapRecord } from '../pcap.ts'
import type { ProgramEntry, Scenario } from '../scenario.ts'
import { KernelInternet, type KernelInternetOptions } from './kernel-internet.ts'

/** How a scenario's programs are run. */
export interface RunScenarioOptions extends Omit<KernelInternetOptions, 'scenario'> {
  /** Captures what crosses the link of a NIC (`alice/eth0`; `alice` is her first) or a box. @default nothing */
  readonly capture?: { readonly link: string; readonly write: (bytes: Uint8Array) => void }
  /** Where programs read and write. @default 'inherit' */
  readonly stdio?: StdioOptions
  /** Called when everything is up, before the programs start. */
  readonly onUp?: (net: KernelInternet) => void
  /** Called with each program when it is started. */
  readonly onStart?: (program: ProgramEntry, child: ChildProcess) => void
  /** Ends the run; programs that are not done count as killed. */
  readonly signal?: AbortSignal
}

/** How one program ended. */
export interface ProgramResult {
  readonly program: ProgramEntry
  /** Exit status, or null when a signal ended it or it could not be started. */
  readonly status: number | null
}

/**
 * Brings a scenario up on real kernels, starts its programs in their order, and takes everything down when they have
 * ended. With a `signal` and no program to wait for, it stays up until that.
 */
export async function runScenario(
  scenario: Scenario,
  { capture, stdio = 'inherit', onUp, onStart, signal, ...options }: RunScenarioOptions = {},
): Promise<ProgramResult[]> {
  signal?.throwIfAborted()
  const net = await KernelInternet.create({ ...options, scenario })
  const close = () => void net.close()
  signal?.addEventListener('abort', close)
  try {
    if (capture !== undefined) startCapture(net, capture.link, capture.write)
    onUp?.(net)
    signal?.throwIfAborted()
    const started = (scenario.programs ?? []).map((program) => {
      const child = start(net, program, stdio)
      onStart?.(program, child)
      return { program, ended: exitStatus(child) }
    })
    const awaited = started.filter(({ program }) => program.background !== true)
    if (awaited.length === 0 && signal?.aborted === false) await once(signal, 'abort')
    return await Promise.all(awaited.map(async ({ program, ended }) => ({ program, status: await ended })))
  } finally {
    signal?.removeEventListener('abort', close)
    await net.close()
  }
}

function start(net: KernelInternet, program: ProgramEntry, stdio: StdioOptions): ChildProcess {
  const [command = '', ...args] = program.command
  return net.host(program.host).spawn(command, args, { stdio, env: { ...program.environment } })
}

async function exitStatus(child: ChildProcess): Promise<number | null> {
  try {
    const [status] = (await once(child, 'exit')) as [number | null]
    return status
  } catch {
    return null // it could not be started
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
