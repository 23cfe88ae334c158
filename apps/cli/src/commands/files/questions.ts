import { createInterface, type Interface } from 'node:readline'
import type { Context } from '../../context.ts'

/** Asks the user one thing after the other, at a terminal. */
export class Questions {
  readonly #context: Context
  #interface: Interface | undefined
  /** Lines that came before they were asked for: input that is typed ahead. */
  readonly #early: string[] = []
  #take: ((line: string) => void) | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(context: Context) {
    this.#context = context
  }

  /** Whether there is somebody to ask. */
  get canAsk(): boolean {
    const { stdin } = this.#context
    return 'isTTY' in stdin && stdin.isTTY === true
  }

  /** The answer, in lower case; empty when the user ends the command or the input. Two offers do not mix. */
  ask(text: string): Promise<string> {
    const answer = this.#last.then(() => this.#askNow(text))
    this.#last = answer
    return answer
  }

  close(): void {
    this.#interface?.close()
  }

  #askNow(text: string): Promise<string> {
    const { stderr, interrupted } = this.#context
    this.#open()
    stderr.write(`${text} `)
    return new Promise((resolve) => {
      const take = (line: string) => {
        this.#take = undefined
        interrupted.removeEventListener('abort', end)
        resolve(line.trim().toLowerCase())
      }
      const end = () => take('')
      const early = this.#early.shift()
      if (early !== undefined) return take(early)
      interrupted.addEventListener('abort', end, { once: true })
      this.#take = take
    })
  }

  #open(): void {
    if (this.#interface !== undefined) return
    this.#interface = createInterface({ input: this.#context.stdin })
    this.#interface.on('line', (line) => {
      if (this.#take === undefined) this.#early.push(line)
      else this.#take(line)
    })
    this.#interface.once('close', () => this.#take?.(''))
  }
}
