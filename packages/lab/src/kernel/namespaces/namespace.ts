import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { LabError } from '../../lab-error.ts'
import { programEnvironment } from '../kernel-support.ts'
import { HOST_VARIABLE, KEEPER_VARIABLE, LAB_VARIABLE } from './lab-tag.ts'
import {
  BRIDGE_READY,
  bridgeScript,
  keeperScript,
  NAMESPACE_READY,
  type NamespaceSetup,
} from './namespace-script.ts'
import type { TunLink } from '../routers/tun-link.ts'

/** The lab and host that a namespace belongs to. */
export interface NamespaceOwner {
  /** The lab's tag. */
  readonly tag: string
  readonly host: string
  /** The process that holds the user namespace to work in; undefined as root. */
  readonly userPid?: number | undefined
  /** The environment of all programs inside. */
  readonly environment: Readonly<Record<string, string>>
}

/** A network namespace, kept alive by one process. */
export class Namespace {
  readonly owner: NamespaceOwner
  readonly #keeper: ChildProcess

  constructor(owner: NamespaceOwner, keeper: ChildProcess) {
    this.owner = owner
    this.#keeper = keeper
  }

  get pid(): number {
    return this.#keeper.pid as number
  }

  /** Starts a program inside, which ends with this process at the latest. */
  spawn(command: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess {
    const { tag, host, userPid, environment } = this.owner
    const enter = enterArguments(this.pid, userPid !== undefined, String(options.cwd ?? process.cwd()))
    const variables = { ...environment, [LAB_VARIABLE]: tag, [HOST_VARIABLE]: host }
    return spawn('nsenter', [...enter, ...dieWithParent, command, ...args], {
      ...options,
      env: { ...programEnvironment(), ...options.env, ...variables },
    })
  }

  /** Runs a setup script inside; rejects with `LAB_NAMESPACE_FAILED`. */
  async run(script: string): Promise<void> {
    const program = this.spawn('bash', ['-c', `set -e\n${script}`], { stdio: ['ignore', 'ignore', 'pipe'] })
    const [said, [status]] = await Promise.all([
      text(program.stderr as NodeJS.ReadableStream),
      once(program, 'close') as Promise<[number | null]>,
    ])
    if (status !== 0) throw failed(this.owner.host, `could not be set up (${status})`, said)
  }

  /** Ends the keeper. The kernel removes the namespace and its devices when no program is left inside. */
  async close(): Promise<void> {
    await endChild(this.#keeper)
  }
}

let lastTurn: Promise<void> = Promise.resolve()

/**
 * Waits for a separate turn of the event loop. Starting a program takes some milliseconds in which no packet is
 * routed. Many starts in one turn would delay all packets for as many times as long.
 */
export function spawnTurn(): Promise<void> {
  lastTurn = lastTurn.then(() => setImmediate())
  return lastTurn
}

/** Lets the kernel end a program when its parent process is gone. prctl(2). */
const dieWithParent = ['setpriv', '--pdeathsig', 'KILL', '--']

/** The arguments with which `nsenter` enters a keeper's namespaces; a program follows them. nsenter(1). */
export function enterArguments(pid: number, inUserNamespace: boolean, cwd: string): string[] {
  const user = inUserNamespace ? ['--user', '--preserve-credentials'] : []
  return ['--target', String(pid), ...user, '--net', '--mount', `--wdns=${cwd}`]
}

/** Opens a namespace and waits until it is configured. Rejects with `LAB_NAMESPACE_FAILED`. */
export async function openNamespace(owner: NamespaceOwner, setup: NamespaceSetup): Promise<Namespace> {
  const variables = { ...owner.environment, [KEEPER_VARIABLE]: '1' }
  const keeper = await start(owner, keeperScript(setup), NAMESPACE_READY, variables)
  return new Namespace(owner, keeper)
}

/** Connects a namespace's TUN device to the router and waits until packets pass. */
export async function openBridge(
  { owner, pid }: Namespace,
  device: string,
  link: TunLink,
): Promise<ChildProcess> {
  return start(owner, bridgeScript(device, pid, link.port, link.greeting), BRIDGE_READY)
}

/** Starts one of the lab's own processes and waits until it prints that it is ready. */
async function start(
  { tag, host, userPid }: NamespaceOwner,
  script: string,
  ready: string,
  variables: NodeJS.ProcessEnv = {},
): Promise<ChildProcess> {
  const enterUser =
    userPid === undefined ? [] : ['nsenter', '--target', String(userPid), '--user', '--preserve-credentials']
  await spawnTurn()
  const [command, ...args] = [...enterUser, ...dieWithParent, 'bash', '-c', script]
  const child = spawn(command as string, args, {
    // A session of its own, so that Ctrl-C does not end it: programs may still need the network to close.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...programEnvironment(), ...variables, [LAB_VARIABLE]: tag, [HOST_VARIABLE]: host },
  })
  try {
    await untilItSays(child, ready, host)
    return child
  } catch (error) {
    await endChild(child)
    throw error
  }
}

function untilItSays(child: ChildProcess, ready: string, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const fail = (why: string) => reject(failed(host, why, said))
    child.on('error', (error) => fail(error.message))
    child.on('close', (code, signal) => fail(`could not be set up (${signal ?? code})`))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (!said.includes(ready)) return
      child.stderr?.removeAllListeners('data').resume()
      resolve()
    })
  })
}

function failed(host: string, why: string, said: string): LabError {
  return new LabError('LAB_NAMESPACE_FAILED', `host ${JSON.stringify(host)}: ${why}: ${said.trim()}`)
}

/** Opens a user namespace in which this user is root, kept alive by one process. user_namespaces(7). */
export async function openUserNamespace(tag: string): Promise<ChildProcess> {
  const script = 'echo ready; exec sleep infinity'
  const keeper = spawn('unshare', ['--user', '--map-root-user', ...dieWithParent, 'sh', '-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...programEnvironment(), [LAB_VARIABLE]: tag },
  })
  await Promise.race([once(keeper.stdout, 'data'), once(keeper, 'exit')])
  return keeper
}

/** Kills a child process and waits until it is gone. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
