import { CliError } from './cli-error.ts'
import type { NodeError, RelayPolicy } from '@p2pd/node'
import type { Readable, Writable } from 'node:stream'
import { createOutput, type LogLevel, type Output } from './output.ts'

/** The process a command runs in. */
export interface Surroundings {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborts when the user ends the command (Ctrl-C). */
  readonly interrupted: AbortSignal
  /** Calls back when the user asks for the files to be read again (SIGHUP); returns what stops it. @default never */
  readonly onReload?: ((listener: () => void) => () => void) | undefined
  /** Ends standard output for its reader once everything is written. @default it ends with the process */
  readonly endStdout?: (() => Promise<void>) | undefined
}

/** The options of every command. */
export interface CommonOptions {
  readonly json?: true
  readonly servers?: string
  readonly identity?: string
  readonly logLevel: LogLevel
  /** Of commands whose node calls or is called. */
  readonly relay?: RelayPolicy
  /** Of commands that use the node of the daemon otherwise. */
  readonly standalone?: true
}

/** The surroundings of a command, its output and the files that the user named. */
export interface Context extends Surroundings {
  readonly output: Output
  /** Named by the user; the one in the config directory is used otherwise. */
  readonly identityFile: string | undefined
  /** Named by the user; the built-in list is used otherwise. */
  readonly serversFile: string | undefined
  /** False when the user has switched port mapping off, by `P2PD_PORT_MAPPING=off`. */
  readonly mayMapPorts: boolean
  /** When the node of the command may use a relay. */
  readonly relay: RelayPolicy | undefined
  /** Whether the command starts a separate node even where a daemon runs. */
  readonly isStandalone: boolean
}

export function createContext(surroundings: Surroundings, options: CommonOptions): Context {
  const { stdout, stderr, env, interrupted, onReload, endStdout } = surroundings
  return {
    stdout,
    stderr,
    env,
    interrupted,
    onReload,
    endStdout,
    // Opened by commands that read it: opening takes as long as the rest of a short command.
    get stdin() {
      return surroundings.stdin
    },
    output: createOutput({ json: options.json ?? false, logLevel: options.logLevel, stdout, stderr }),
    identityFile: options.identity,
    relay: options.relay,
    isStandalone: options.standalone ?? false,
    mayMapPorts: env.P2PD_PORT_MAPPING !== 'off',
    serversFile: options.servers ?? (env.P2PD_SERVERS || undefined),
  }
}

/** Resolves when the user ends the command. Fails with the `CliError` of the signal when something else does: the end of the daemon. */
export function untilInterrupted(signal: AbortSignal): Promise<void> {
  const interrupted = new Promise<void>((resolve, reject) => {
    const settle = () => (signal.reason instanceof CliError ? reject(signal.reason) : resolve())
    if (signal.aborted) settle()
    else signal.addEventListener('abort', settle, { once: true })
  })
  interrupted.catch(() => {}) // A command that has something else to wait for may not look at it any more.
  return interrupted
}

/** The code that programs branch on, for any error. */
export function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : 'CLI_FAILED'
}

/** The attempts of a failed `connect`; empty for any other error. */
export function reportOf(error: unknown): NodeError['report'] {
  const { report = [] } = error as Partial<NodeError>
  return report
}
