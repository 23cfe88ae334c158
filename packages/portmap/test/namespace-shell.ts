import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** No program prints it. */
const END_OF_OUTPUT = '\0'

/**
 * A shell in a namespace that runs one program after another. Linux copies the page tables of a process that starts
 * another one. With the hundreds of megabytes of a test that takes 20 to 40 ms of processor, and in a shell 1 ms.
 */
export class NamespaceShell {
  readonly #shell: ChildProcess
  readonly #ended: Promise<unknown>
  #output = ''
  #arrived = () => {}
  #last: Promise<unknown> = Promise.resolve()

  constructor(namespace: string) {
    const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }
    const command = ['netns', 'exec', namespace, 'sh']
    this.#shell = spawn('ip', command, { env, stdio: ['pipe', 'pipe', 'inherit'] })
    this.#ended = once(this.#shell, 'close')
    this.#shell.stdout?.on('data', (data: Buffer) => {
      this.#output += data.toString()
      this.#arrived()
    })
  }

  /** Runs a program to its end; what it prints, whatever its exit status. */
  run(command: readonly string[]): Promise<string> {
    const output = this.#last.then(() => this.#run(command))
    this.#last = output
    return output
  }

  async close(): Promise<void> {
    this.#shell.stdin?.end()
    await this.#ended
  }

  async #run(command: readonly string[]): Promise<string> {
    const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
    this.#shell.stdin?.write(`timeout 20 ${words} </dev/null 2>&1; printf '\\0'\n`)
    while (!this.#output.includes(END_OF_OUTPUT)) {
      const more = new Promise<void>((resolve) => (this.#arrived = resolve))
      await Promise.race([more, this.#ended.then(() => Promise.reject(new Error('the shell has ended')))])
    }
    const [printed = '', rest = ''] = this.#output.split(END_OF_OUTPUT)
    this.#output = rest
    return printed
  }
}
