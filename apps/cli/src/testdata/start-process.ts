import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { programFile } from '@p2pd/netif/testing'
import { checkEvents } from './check-events.ts'

/** The options of a command that runs as a process. */
export interface StartOptions {
  readonly stdout?: number
  /** Arguments of Node.js. */
  readonly node?: readonly string[]
  readonly env?: object
  /** A shell command in front, such as `ulimit -n 160`. */
  readonly before?: string
  /** The network namespace to run in. @default that of the test */
  readonly namespace?: string
}

/** The command line of the command, compiled from the sources. */
export function commandLine(args: readonly string[], node: readonly string[] = []): string[] {
  return [process.execPath, ...node, programFile('bin'), ...args]
}

/** A command line as one text for a POSIX shell. */
export function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
}

/** Runs the command as a process, with real standard streams. */
export function start(args: readonly string[], options: StartOptions = {}): ChildProcess {
  const { stdout = 'pipe', node = [], env = {}, before, namespace } = options
  const words = commandLine(args, node)
  const shell = before === undefined ? words : ['sh', '-c', `${before}; exec ${quoted(words)}`]
  const [program = '', ...rest] = namespace === undefined ? shell : ['ip', 'netns', 'exec', namespace, ...shell]
  return spawn(program, rest, {
    stdio: ['ignore', stdout, 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  })
}

/** Exit status, standard output and standard error. */
export async function outcome(child: ChildProcess): Promise<[number, string, string]> {
  const streams = [child.stdout, child.stderr].map((stream) => (stream ? text(stream) : ''))
  const [status] = (await once(child, 'close')) as [number]
  const said = await (streams[0] ?? '')
  checkEvents(argumentsOf(child), said.split('\n').slice(0, -1))
  return [status, said, await (streams[1] ?? '')]
}

/** The JSON objects on a process' standard output, one after the other. */
export function objectsOf(child: ChildProcess): () => Promise<Record<string, unknown>> {
  const lines = createInterface(child.stdout as NodeJS.ReadableStream)[Symbol.asyncIterator]()
  return async () => {
    const line = (await lines.next()).value as string
    checkEvents(argumentsOf(child), [line])
    return JSON.parse(line) as Record<string, unknown>
  }
}

/** The arguments of the command; none of one that a shell has started. */
function argumentsOf({ spawnargs }: ChildProcess): string[] {
  const at = spawnargs.indexOf(programFile('bin'))
  return at < 0 ? [] : spawnargs.slice(at + 1)
}

/** A module for `--import`. */
export function asModule(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`
}
