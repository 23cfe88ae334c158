import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { commandLine, quoted } from './start-process.ts'

/** Whether this system has the program that makes pseudo-terminals. */
export const hasTerminals = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true

/** A command that shows nothing for so long is stuck. */
const PATIENCE_MS = 15_000

/** The command as a process at a pseudo-terminal of 100 columns, typed at by a test. script(1) of util-linux. */
export class Terminal {
  readonly #child: ChildProcess
  #shown = ''
  #changed = () => {}

  constructor(args: readonly string[], env: object) {
    const command = `stty cols 100 rows 40; exec ${quoted(commandLine(args))}`
    this.#child = spawn('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], {
      env: { ...process.env, NODE_OPTIONS: '', TERM: 'xterm', P2PD_PORT_MAPPING: 'off', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#child.stdout?.on('data', (data: Buffer) => {
      this.#shown += String(data)
      this.#changed()
    })
  }

  /** Everything that was shown so far. */
  get shown(): string {
    return this.#shown
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys)
  }

  /** Resolves when a text like this was shown; fails when the command ends or shows nothing for long. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#shown)
      if (found !== null) return found
      if (!(await this.#showsMore())) throw new Error(`not shown: ${String(pattern)} in ${this.#shown}`)
    }
  }

  /** The exit status. */
  async status(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit')
    return this.#child.exitCode
  }

  #showsMore(): Promise<boolean> {
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve(false), PATIENCE_MS)
      this.#child.once('exit', () => resolve(false))
      this.#changed = () => {
        clearTimeout(late)
        resolve(true)
      }
    })
  }

  kill(): void {
    this.#child.kill()
  }
}
