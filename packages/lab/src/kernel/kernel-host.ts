import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Network } from '@p2pd/netif'
import { AgentClient } from './agent/agent-client.ts'
import { kernelNetwork } from './kernel-network.ts'
import { endChild, type Namespace, spawnTurn } from './namespaces/namespace.ts'

/** Options of `exec`. */
export interface ExecOptions {
  readonly env?: NodeJS.ProcessEnv
  /** Standard input of the program. @default nothing */
  readonly input?: string
  /** Kills the program. */
  readonly signal?: AbortSignal
}

/** The result of a program. */
export interface ExecResult {
  /** Exit status, or null when a signal ended it. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A host of the kernel Internet, or a real router: programs run on it as child processes of this one. */
export class KernelHost {
  readonly name: string
  /** The addresses of the host, NIC by NIC. */
  readonly addresses: readonly string[]
  /** The host's network for use in this process, as the same port that other networks offer. */
  readonly network: Network
  readonly #namespace: Namespace
  readonly #programs = new Set<ChildProcess>()

  /** @internal */
  constructor(namespace: Namespace, addresses: readonly string[]) {
    this.name = namespace.owner.host
    this.addresses = addresses
    this.#namespace = namespace
    this.network = kernelNetwork(new AgentClient(() => this.#startAgent()))
  }

  /** The first address. */
  get ip(): string {
    return this.addresses[0] ?? '127.0.0.1'
  }

  /** Starts a program, which ends with the lab at the latest. */
  spawn(command: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess {
    const program = this.#namespace.spawn(command, args, options)
    this.#programs.add(program)
    program.once('exit', () => this.#programs.delete(program))
    program.once('error', () => this.#programs.delete(program))
    return program
  }

  /** Runs a program and collects its output. */
  async exec(command: string, args: readonly string[] = [], options: ExecOptions = {}): Promise<ExecResult> {
    const { input = '', env = {}, signal } = options
    await spawnTurn()
    const program = this.spawn(command, args, {
      stdio: 'pipe',
      env,
      ...(signal && { signal, killSignal: 'SIGKILL' }),
    })
    // A program need not read its input.
    program.stdin?.on('error', () => {})
    program.stdin?.end(input)
    const closed = once(program, 'close')
    const [stdout, stderr, [status]] = await Promise.all([
      text(program.stdout as NodeJS.ReadableStream),
      text(program.stderr as NodeJS.ReadableStream),
      closed as Promise<[number | null]>,
    ])
    return { status, stdout, stderr }
  }

  /** The process that holds this host's namespaces. */
  get pid(): number {
    return this.#namespace.pid
  }

  /** @internal Ends the programs that `spawn` has started, and waits until they are gone. Some erase their environment. */
  async ended(): Promise<void> {
    await Promise.all([...this.#programs].map(endChild))
  }

  #startAgent(): ChildProcess {
    return this.spawn(process.execPath, agentArguments(), {
      cwd: dirname(HERE),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    })
  }
}

const HERE = fileURLToPath(import.meta.url)

/** In the workspace the agent runs from its source. This call of tsx starts twice as fast as its other ones. */
const sourceAgent = ['--require', 'tsx/cjs', '--conditions=@p2pd/source', '-e', "require('./agent/agent.ts')"]

/** The published package has a JavaScript file; the tests of the workspace have compiled one, which starts in a fifth of the time. */
function agentArguments(): string[] {
  if (!HERE.endsWith('.ts')) return ['./agent/agent.js']
  const { P2PD_TEST_PROGRAMS } = process.env
  return P2PD_TEST_PROGRAMS === undefined ? sourceAgent : [`${P2PD_TEST_PROGRAMS}/agent/agent.js`]
}
