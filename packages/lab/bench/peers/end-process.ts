import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { KernelHost } from '@p2pd/lab'
import type { EndLine } from './programs/end-protocol.ts'

type LineOf<Event extends EndLine['event']> = Extract<EndLine, { event: Event }>

/** A process of an end, and the lines that it has printed. */
export class EndProcess {
  readonly #program: ChildProcess
  readonly #lines: EndLine[] = []
  readonly #stderr: string[] = []
  #hasExited = false
  #wake: () => void = () => {}

  constructor(host: KernelHost, node: string, args: readonly string[], onLine: (line: EndLine) => void) {
    this.#program = host.spawn(node, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { NODE_OPTIONS: '' },
    })
    const said = createInterface({ input: this.#program.stdout as NodeJS.ReadableStream })
    said.on('line', (text) => {
      if (!text.startsWith('{"event"')) return
      const line = JSON.parse(text) as EndLine
      this.#lines.push(line)
      onLine(line)
      this.#wake()
    })
    const complaints = createInterface({ input: this.#program.stderr as NodeJS.ReadableStream })
    complaints.on('line', (text) => this.#stderr.push(text))
    this.#program.once('close', () => {
      this.#hasExited = true
      this.#wake()
    })
  }

  /** The line of this event that was printed, if any. */
  said<Event extends EndLine['event']>(event: Event): LineOf<Event> | undefined {
    return this.#lines.find((line): line is LineOf<Event> => line.event === event)
  }

  /** Resolves with the line of this event; with undefined when the process fails, ends, or takes too long. */
  async until<Event extends EndLine['event']>(
    event: Event,
    limitMs: number,
  ): Promise<LineOf<Event> | undefined> {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      this.#wake()
    }, limitMs)
    while (this.said(event) === undefined && this.said('failed') === undefined) {
      if (isLate || this.#hasExited) break
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    clearTimeout(timer)
    return this.said(event)
  }

  /** Why it failed, as far as it said so. */
  get complaint(): string {
    return this.said('failed')?.reason ?? (this.#stderr.slice(0, 4).join(' ') || 'no echo in time')
  }

  kill(): void {
    this.#program.kill('SIGKILL')
  }
}
