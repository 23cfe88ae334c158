import type { Clock } from '@p2pd/netif'
import { systemClock } from '@p2pd/netif/node'
import {
  countsAsFailed,
  escapeName,
  type NoteEntry,
  type ReceiveEvent,
  type SendEvent,
  type Summary,
  type TransferResult,
} from '@p2pd/transfer'
import type { Context } from '../../context.ts'
import { CliError } from '../../cli-error.ts'
import { counted } from '../../text/counted.ts'
import { noteText } from './offer-text.ts'
import { ProgressLine, type Screen } from './progress-line.ts'

/** Width where nobody tells one. */
const COLUMNS = 80
/** Failed files that the last line names. */
const MAX_NAMED = 5
/** Failed files that are remembered. */
const MAX_FAILED = 10_000

/** How a command shows its transfer. */
export interface TransferOutputOptions {
  /** Remarks of the sender are a part of the offer, which the receiver shows already. @default true */
  readonly showsNotes?: boolean
  /** @default the system's */
  readonly clock?: Clock
}

/** Prints the events of one transfer: as objects with `--json`, as words and a line of progress for people. */
export class TransferOutput {
  readonly #context: Context
  readonly #line: ProgressLine
  readonly #showsNotes: boolean
  readonly #failed = new Set<string>()
  readonly #clock: Clock
  readonly #startedAt: number
  /** Before it a person decides, for as long as it takes. */
  #acceptedAt: number | undefined
  #isBegun = false

  constructor(context: Context, { showsNotes = true, clock = systemClock }: TransferOutputOptions = {}) {
    this.#context = context
    this.#showsNotes = showsNotes
    this.#line = new ProgressLine(screenOf(context), clock)
    this.#clock = clock
    this.#startedAt = clock.now()
  }

  /** Paths of the files that were not sent or not stored, the first 10,000. */
  get failed(): readonly string[] {
    return [...this.#failed]
  }

  /** Whether something has arrived that need not be sent again. */
  get isBegun(): boolean {
    return this.#isBegun
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
        this.#acceptedAt ??= this.#clock.now() // A call after a lost connection is accepted again.
        return output.event({ event: 'accepted' })
      case 'progress':
        if (event.progress.bytes > 0) this.#isBegun = true
        output.event({ event: 'progress', ...event.progress })
        return this.#line.show(event.progress)
      case 'resumed':
        output.event({ event: 'continued', path: event.path, bytes: event.bytes })
        return this.say(`${escapeName(event.path)}: goes on after ${counted(event.bytes, 'byte')}`)
      case 'restarted':
        output.event({ event: 'restarted', path: event.path })
        return this.say(`${escapeName(event.path)}: has changed since, and begins anew`)
      case 'note':
        return this.#note(event)
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

  /** The end in agreement; `again` is the command that sends failed files again. Fails with CLI_TRANSFER when a file was not sent or not stored. */
  done(result: TransferResult, verb: 'sent' | 'received', again?: string): void {
    const { output } = this.#context
    const now = this.#clock.now()
    const elapsedMs = Math.round(now - this.#startedAt)
    const movingMs = now - (this.#acceptedAt ?? this.#startedAt)
    output.event({ event: 'done', ...result, elapsedMs })
    const { stored, failed } = result
    this.say(`${counted(stored, 'file')} ${verb} in ${(movingMs / 1000).toFixed(1)} s`)
    if (failed === 0) return
    if (again !== undefined) this.say(`The failed files again: ${again}`)
    const names = [...this.#failed].slice(0, MAX_NAMED).map(escapeName).join(', ')
    const more = failed > MAX_NAMED ? ' and others' : ''
    throw new CliError(
      'CLI_TRANSFER',
      `${failed} of ${counted(stored + failed, 'file')} failed: ${names}${more}`,
    )
  }

  close(): void {
    this.#line.clear()
  }

  #note(note: NoteEntry): void {
    const { path, reason, detail } = note
    this.#context.output.event({ event: 'note', path, reason, detail })
    if (countsAsFailed(reason)) this.#remember(path)
    if (this.#showsNotes) this.say(noteText(note))
  }

  #remember(path: string): void {
    if (this.#failed.size < MAX_FAILED) this.#failed.add(path)
  }

  #file({ path, outcome, storedAs }: SendEvent & { type: 'file' }): void {
    this.#isBegun = true
    this.#context.output.event({ event: 'file', path, outcome, ...(storedAs !== undefined && { storedAs }) })
    if (storedAs !== undefined && storedAs !== path)
      this.say(`${escapeName(path)}: stored as ${escapeName(storedAs)}`)
  }

  #fileFailed({ path, reason, detail }: SendEvent & { type: 'file-failed' }): void {
    this.#remember(path)
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
    draw: (line) => output.draw(line),
    write: (text) => output.showsInfo && void stderr.write(text),
  }
}
