import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { LabError } from '../lab-error.ts'
import { programEnvironment } from './kernel-support.ts'
import { HOST_VARIABLE, KEEPER_VARIABLE, LAB_VARIABLE } from './lab-tag.ts'
import { keeperScript, type NamespaceSetup, READY } from './namespace-script.ts'

/** Whose namespace it is. */
export interface NamespaceOwner {
  /** The lab's tag. */
  readonly tag: string
  readonly host: string
  /** The process whose user namespace to work in; undefined as root. */
  readonly userPid?: number | undefined
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

  /** Starts a program inside. It ends with this process at the latest. */
  spawn(command: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess {
    const { tag, host, userPid } = this.owner
    const [enter, ...rest] = enterArguments(this.pid, userPid !== undefined)
    return spawn(enter as string, [...rest, ...dieWithParent, command, ...args], {
      ...options,
      env: { ...programEnvironment(), ...options.env, [LAB_VARIABLE]: tag, [HOST_VARIABLE]: host },
    })
  }

  /** Ends the keeper; the kernel removes namespace and devices once no program is left inside. */
  async close(): Promise<void> {
    await endChild(this.#keeper)
  }
}

/** Has the kernel end a program when the process that started it is gone, however it went. prctl(2). */
const dieWithParent = ['setpriv', '--pdeathsig', 'KILL', '--']

/** The command that enters a keeper's namespaces, to be followed by a program. */
export function enterArguments(pid: number, inUserNamespace: boolean): string[] {
  const user = inUserNamespace ? ['--user', '--preserve-credentials'] : []
  return ['nsenter', '--target', String(pid), ...user, '--net', '--mount', `--wdns=${process.cwd()}`]
}

/** Opens a namespace and waits until it is configured. */
export async function openNamespace(owner: NamespaceOwner, setup: NamespaceSetup): Promise<Namespace> {
  const { tag, host, userPid } = owner
  const enterUser =
    userPid === undefined ? [] : ['nsenter', '--target', String(userPid), '--user', '--preserve-credentials']
  const [command, ...args] = [...enterUser, ...dieWithParent, 'bash', '-c', keeperScript(setup)]
  const keeper = spawn(command as string, args, {
    // A session of its own: Ctrl-C is for the programs, which may want the network to say goodbye.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...programEnvironment(), [LAB_VARIABLE]: tag, [HOST_VARIABLE]: host, [KEEPER_VARIABLE]: '1' },
  })
  try {
    await untilReady(keeper, host)
  } catch (error) {
    await endChild(keeper)
    throw error
  }
  return new Namespace(owner, keeper)
}

function untilReady(keeper: ChildProcess, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const fail = (why: string) =>
      reject(new LabError('LAB_NAMESPACE_FAILED', `host ${JSON.stringify(host)}: ${why}: ${said.trim()}`))
    keeper.on('error', (error) => fail(error.message))
    keeper.on('exit', (code, signal) => fail(`its namespace ended (${signal ?? code})`))
    keeper.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (READY.test(said)) resolve()
    })
  })
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

/** Kills a child and waits until it is gone. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
