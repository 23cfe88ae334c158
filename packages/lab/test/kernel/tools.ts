import { once } from 'node:events'
import type { KernelHost } from '../../src/kernel/kernel-host.ts'
import type { Dependency } from '../../src/nat/dependency.ts'
import type { DeltaSettingType } from '../../src/nat/settings.ts'

/** Programs of Debian's packages coturn and stun-client. */
export const CLIENTS = ['turnserver', 'turnutils_natdiscovery', 'turnutils_stunclient', 'stun']

/** Longer than any of the tools waits for an answer. */
const TOOL_LIMIT_MS = 20_000

/** Starts coturn on a host with two addresses, which makes it answer RFC 5780 tests; returns the first. */
export async function startCoturn(host: KernelHost): Promise<string> {
  const [first = '', second = ''] = host.addresses
  const options = [
    '--no-auth',
    '--stun-only',
    '--no-cli',
    '--no-tls',
    '--no-dtls',
    '--simple-log',
    '--log-file=stdout',
  ]
  const coturn = host.spawn(
    'turnserver',
    ['-n', ...options, '--pidfile=/dev/null', `--listening-ip=${first}`, `--listening-ip=${second}`],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  let said = ''
  while (!said.includes('Total General servers')) {
    const [data] = (await once(coturn.stdout as NodeJS.EventEmitter, 'data')) as [Buffer]
    said += data.toString()
  }
  coturn.stdout?.resume()
  return first
}

/** The findings of an external program about a box. */
export interface Findings {
  readonly mapping: Dependency | undefined
  readonly filtering: Dependency | undefined
}

/** Mapping and filtering by coturn's tool; undefined without an answer. RFC 5780 §4.3, §4.4. */
export async function natDiscovery(host: KernelHost, server: string): Promise<Findings> {
  const said = await run(host, 'turnutils_natdiscovery', ['-m', '-f', server])
  const named = (what: string) => {
    const match = new RegExp(`NAT with (.*) ${what}!`).exec(said)
    return match?.[1]?.toLowerCase().replaceAll(' ', '-') as Dependency | undefined
  }
  return { mapping: named('Mapping'), filtering: named('Filtering') }
}

/** A box by the RFC 3489 client: `Independent Mapping, Port Dependent Filter, preserves ports, no hairpin`. */
export async function stunClient(host: KernelHost, server: string): Promise<string> {
  const said = await runStun(host, [server])
  return /^Primary: (.*?)\s*$/m.exec(said)?.[1] ?? said
}

/** The reflexive address by `turnutils_stunclient`, which is ended after it because it waits for more. */
export async function reflexiveAddress(host: KernelHost, server: string): Promise<string | undefined> {
  const tool = host.spawn('stdbuf', ['-oL', 'turnutils_stunclient', server], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const gone = once(tool, 'close')
  let said = ''
  const limit = setTimeout(() => tool.kill('SIGKILL'), TOOL_LIMIT_MS)
  for await (const data of tool.stdout ?? []) {
    said += String(data)
    if (/reflexive addr: \S+\n/.test(said)) break
  }
  tool.kill('SIGKILL')
  clearTimeout(limit)
  await gone
  return /reflexive addr: (\S+)/.exec(said)?.[1]
}

/** Internal ports that distinguish the five rules: some are consecutive. */
const PROBED_PORTS = [5000, 5010, 5011, 5012]

/** The rule for external ports, by requests of the RFC 3489 client from several internal ports. */
export async function deltaType(host: KernelHost, server: string): Promise<DeltaSettingType> {
  const external: number[] = []
  for (const port of PROBED_PORTS) {
    const said = await runStun(host, [server, '1', '-v', '-p', String(port)])
    external.push(Number(/mappedAddr=\S+:(\d+)/.exec(said)?.[1]))
  }
  return nameDelta(PROBED_PORTS, external)
}

function nameDelta(internal: readonly number[], external: readonly number[]): DeltaSettingType {
  const distances = external.map((port, index) => port - (internal[index] ?? 0))
  const steps = external.slice(1).map((port, index) => port - (external[index] ?? 0))
  if (distances.every((distance) => distance === 0)) return 'equal'
  if (distances.every((distance) => distance === distances[0])) return 'preserving'
  if (steps.every((step) => step === steps[0])) return 'independent'
  // The first two internal ports are not neighbours, so the first step does not count.
  return steps[1] === steps[2] ? 'dependent' : 'random'
}

async function run(host: KernelHost, command: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await host.exec(command, args, { signal: AbortSignal.timeout(TOOL_LIMIT_MS) })
  return stdout + stderr
}

/** Runs of the RFC 3489 client at a time. Each waits only 1 s, so a busy machine must not start too many. */
const MAX_STUN_RUNS = 6
let stunRuns = 0
const waiting: (() => void)[] = []

async function runStun(host: KernelHost, args: readonly string[]): Promise<string> {
  while (stunRuns >= MAX_STUN_RUNS) await new Promise<void>((resolve) => waiting.push(resolve))
  stunRuns++
  try {
    return await run(host, 'stun', args)
  } finally {
    stunRuns--
    waiting.shift()?.()
  }
}
