import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Network } from '@p2pd/netif'
import { AgentClient } from './agent/agent-client.ts'
import { kernelNetwork } from './kernel-network.ts'
import { type Namespace, spawnTurn } from './namespaces/namespace.ts'

/** How `exec` runs a program. */
export interface ExecOptions {
  readonly env?: NodeJS.ProcessEnv
  /** Given to it on standard input. @default nothing */
  readonly input?: string
  /** Kills it. */
  readonly signal?: AbortSignal
}

/** What became of a program. */
export interface ExecResult {
  /** Exit status, or null when a signal ended it. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A host of the kernel Internet, or a real router: programs run on it as child processes of this one. */
export class KernelHost {
  readonly name: string
  /** Its addresses, NIC by NIC. */
  readonly addresses: readonly string[]
  /** What programs on it can do, for use from this process: the same port that other networks give. */
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

  /** Its first address. */
  get ip(): string {
    return this.addresses[0] ?? '127.0.0.1'
  }

  /** Starts a program. It ends with the lab at the latest. */
  spawn(command: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess {
    const program = this.#namespace.spawn(command, args, options)
    this.#programs.add(program)
    program.once('exit', () => this.#programs.delete(program))
    program.once('error', () => this.#programs.delete(program))
    return program
  }

  /** Runs a program and collects what it prints. */
  async exec(command: string, args: readonly string[] = [], options: ExecOptions = {}): Promise<ExecResult> {
    const { input = '', env = {}, signal } = options
    await spawnTurn()
    const program = this.spawn(command, args, {
      stdio: 'pipe',
      env,
      ...(signal && { signal, killSignal: 'SIGKILL' }),
    })
    // A program that does not read its input is free to.
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

  /** The process whose namespaces are this host's. */
  get pid(): number {
    return this.#namespace.pid
  }

  /** @internal Waits until every program that was started on it is gone. */
  async ended(): Promise<void> {
    await Promise.all([...this.#programs].map((program) => once(program, 'exit')))
  }

  #startAgent(): ChildProcess {
    const here = fileURLToPath(import.meta.url)
    return this.spawn(process.execPath, here.endsWith('.ts') ? sourceAgent : [AGENT_FILE], {
      cwd: dirname(here),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    })
  }
}

/** What is published is JavaScript. */
const AGENT_FILE = './agent/agent.js'

/** In the workspace sources run as they are. This way of tsx's starts in half the time of the others. */
const sourceAgent = ['--require', 'tsx/cjs', '--conditions=@p2pd/source', '-e', "require('./agent/agent.ts')"]
