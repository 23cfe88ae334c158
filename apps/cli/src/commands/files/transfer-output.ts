import { systemClock } from '@p2pd/netif/node'
import {
  escapeName,
  type ReceiveEvent,
  type SendEvent,
  type Summary,
  type TransferResult,
} from '@p2pd/transfer'
import type { Context } from '../../context.ts'
import { CliError } from '../../cli-error.ts'
import { noteText } from './offer-text.ts'
import { ProgressLine, type Screen } from './progress-line.ts'

/** Width where nobody tells one. */
const COLUMNS = 80
/** Failed files that the last line names. */
const MAX_NAMED = 5

/** Prints the events of one transfer: as objects with `--json`, as words and a line of progress for people. */
export class TransferOutput {
  readonly #context: Context
  readonly #line: ProgressLine
  readonly #failed: string[] = []
  readonly #startedAt = performance.now()

  constructor(context: Context) {
    this.#context = context
    this.#line = new ProgressLine(screenOf(context), systemClock)
  }

  /** The offer, with the other end and the path. */
  offer(summary: Summary, peer: string, strategy: string): void {
    this.#context.output.event({ event: 'offer', peer, strategy, ...summary })
  }

  event(event: SendEvent | ReceiveEvent): void {
    const { output } = this.#context
    switch (event.type) {
      case 'offer':
        return
      case 'accepted':
        return output.event({ event: 'accepted' })
      case 'progress':
        output.event({ event: 'progress', ...event.progress })
        return this.#line.show(event.progress)
      case 'resumed':
        output.event({ event: 'continued', path: event.path, bytes: event.bytes })
        return this.say(`${escapeName(event.path)}: goes on after ${event.bytes} bytes`)
      case 'restarted':
        output.event({ event: 'restarted', path: event.path })
        return this.say(`${escapeName(event.path)}: has changed since, and begins anew`)
      case 'note': {
        const { path, reason, detail } = event
        output.event({ event: 'note', path, reason, detail })
        return this.say(noteText(event))
      }
      case 'file-failed':
        return this.#fileFailed(event)
      case 'file':
        return this.#file(event)
    }
  }

  /** A line for people, in place of the line of progress. */
  say(text: string): void {
    this.#line.clear()
    this.#context.output.info(text)
  }

  /** The end in agreement. Fails with CLI_TRANSFER when a file was not sent or not stored. */
  done(result: TransferResult, verb: 'sent' | 'received'): void {
    const { output } = this.#context
    const elapsedMs = Math.round(performance.now() - this.#startedAt)
    output.event({ event: 'done', ...result, elapsedMs })
    const { stored, failed } = result
    this.say(`${stored} ${stored === 1 ? 'file' : 'files'} ${verb} in ${(elapsedMs / 1000).toFixed(1)} s`)
    if (failed === 0) return
    const more = failed > this.#failed.length ? ' and others' : ''
    const names = this.#failed.map(escapeName).join(', ') + more
    throw new CliError('CLI_TRANSFER', `${failed} of ${stored + failed} files failed: ${names}`)
  }

  close(): void {
    this.#line.clear()
  }

  #file({ path, outcome, storedAs }: SendEvent & { type: 'file' }): void {
    this.#context.output.event({ event: 'file', path, outcome, ...(storedAs !== undefined && { storedAs }) })
    if (storedAs !== undefined && storedAs !== path)
      this.say(`${escapeName(path)}: stored as ${escapeName(storedAs)}`)
  }

  #fileFailed({ path, reason, detail }: SendEvent & { type: 'file-failed' }): void {
    if (this.#failed.length < MAX_NAMED) this.#failed.push(path)
    this.#context.output.event({ event: 'file', path, outcome: 'failed', reason, detail })
    this.say(`${escapeName(path)}: ${reason}: ${escapeName(detail)}`)
  }
}

/** A dumb terminal cannot clear a line. */
function screenOf({ stderr, env, output }: Context): Screen {
  const terminal = stderr as { readonly isTTY?: boolean; readonly columns?: number }
  return {
    isTerminal: terminal.isTTY === true && env.TERM !== 'dumb',
    width: () => terminal.columns || COLUMNS,
    write: (text) => output.showsInfo && void stderr.write(text),
  }
}
