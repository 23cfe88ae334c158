import { NetifError } from '@p2pd/netif'
import { loadInterfaces, resolve } from '@p2pd/netif/node'
import * as protocol from '@p2pd/node'
import * as library from '@p2pd/node/node'
import { createInterface } from 'node:readline'
import { type REPLServer, start } from 'node:repl'
import { PassThrough } from 'node:stream'
import { CliError } from '../cli-error.ts'
import type { Context } from '../context.ts'
import { withNode } from '../with-node.ts'

/**
 * `p2pd repl`: a read-eval-print loop of JavaScript with the library's names and a started `node`; `await` works at
 * its top level. Throws CLI_REPL when an expression of input that is not a terminal failed.
 */
export async function repl(context: Context): Promise<void> {
  await withNode(context, { echo: true, needsBrokers: false }, async (node) => {
    const { output, stdin, interrupted } = context
    output.event({ event: 'ready', id: node.id })
    output.info(`"node" is ${node.id}. Try: pipe = await node.connect('self'). Ctrl-D ends.`)
    const names = { ...protocol, ...library, loadInterfaces, resolve, NetifError, node }
    const isTerminal = 'isTTY' in stdin && stdin.isTTY === true && !output.json
    const work = isTerminal ? converse(context, names) : evaluateLines(context, names)
    const aborted = new Promise<void>((ended) =>
      interrupted.addEventListener('abort', () => ended(), { once: true }),
    )
    await Promise.race([work, aborted])
  })
}

/** With history, colours, completion and Ctrl-C, as Node.js has them. */
async function converse({ stdin, stdout, interrupted }: Context, names: object): Promise<void> {
  const server = start({
    prompt: 'p2pd> ',
    input: stdin,
    output: stdout,
    terminal: true,
    breakEvalOnSigint: true,
  })
  Object.assign(server.context, names)
  interrupted.addEventListener('abort', () => server.close(), { once: true })
  await new Promise<void>((ended) => server.once('exit', ended))
}

/** Hands Node.js one line after the other; it would begin with a line while the `await` of the one before goes on. */
async function evaluateLines({ output, stdin, stdout, interrupted }: Context, names: object): Promise<void> {
  const evaluator = new Evaluator(names)
  let failed = 0
  let isComplete = true
  for await (const line of createInterface({ input: stdin, signal: interrupted })) {
    const { text, outcome } = await evaluator.evaluate(line)
    isComplete = outcome !== 'incomplete'
    if (outcome === 'value') {
      output.event({ event: 'value', text })
      if (!output.json && text !== 'undefined') stdout.write(`${text}\n`)
    }
    if (outcome !== 'error') continue
    failed += 1
    output.event({ event: 'error', reason: text })
    output.error(text)
  }
  evaluator.close()
  if (!isComplete) throw new CliError('CLI_REPL', 'the input ended within an expression')
  if (failed > 0) throw new CliError('CLI_REPL', `${failed} of the expressions failed`)
}

/** Ends what Node.js writes about an expression; no value is shown with this character. */
const PROMPT = '\u0000'

/** Prompts of Node.js for the rest of an expression: the first until version 22, the second later. */
const CONTINUED = ['... ', '| ']

/** A read-eval-print loop of Node.js that gets one line at a time. */
class Evaluator {
  readonly #input = new PassThrough()
  readonly #output = new PassThrough({ encoding: 'utf8' })
  readonly #server: REPLServer & { lastError?: unknown }

  constructor(names: object) {
    this.#server = start({ prompt: PROMPT, input: this.#input, output: this.#output, terminal: false })
    Object.assign(this.#server.context, names)
    this.#output.read() // The first prompt.
  }

  async evaluate(line: string): Promise<{ text: string; outcome: 'value' | 'error' | 'incomplete' }> {
    delete this.#server.lastError
    const answered = this.#answer()
    this.#input.write(`${line}\n`)
    const answer = await answered
    if (CONTINUED.includes(answer)) return { text: '', outcome: 'incomplete' }
    const text = answer.slice(0, -PROMPT.length).trimEnd()
    return { text, outcome: 'lastError' in this.#server ? 'error' : 'value' }
  }

  /** The text that Node.js writes next, up to its prompt. */
  #answer(): Promise<string> {
    let text = ''
    return new Promise((done) => {
      const hear = (chunk: string) => {
        text += chunk
        if (!text.endsWith(PROMPT) && !CONTINUED.includes(text)) return
        this.#output.off('data', hear)
        done(text)
      }
      this.#output.on('data', hear)
    })
  }

  close(): void {
    this.#server.close()
  }
}
