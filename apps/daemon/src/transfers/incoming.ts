import type { PeerPipe } from '@p2pd/node'
import { TransferError, type ConflictPolicy, type Summary } from '@p2pd/transfer'
import { receiveFiles } from '@p2pd/transfer/node'
import { createHash } from 'node:crypto'
import { DaemonError } from '../daemon-error.ts'
import type { TransferJournal } from './transfer-journal.ts'
import type { TransferRecord } from './transfer-record.ts'

/** Offers that wait for a person; each keeps a connection open. */
const MAX_OFFERS = 32
/** Of one peer: more would show a person the same question. */
const MAX_OFFERS_OF_PEER = 4

/** Where accepted files go. */
export interface Decision {
  readonly folder: string
  readonly conflict: ConflictPolicy
}

/** The parts of a daemon that receiving uses. */
export interface IncomingOptions {
  readonly journal: TransferJournal
  /** The record of an offer: a new one, or that of the same offer which was interrupted. */
  readonly recordOf: (peer: string, offer: string) => TransferRecord
  readonly log: (event: string, fields: object) => void
}

/** Receives offers of peers, and asks a person about each: nothing is written before. */
export class Incoming {
  readonly #options: IncomingOptions
  readonly #waiting = new Map<
    string,
    { readonly peer: string; decide(decision: Decision | undefined): void }
  >()

  constructor(options: IncomingOptions) {
    this.#options = options
  }

  /** One connection of a sender, from its offer to its end. */
  async take(pipe: PeerPipe): Promise<void> {
    const { journal, log } = this.#options
    const over = new AbortController()
    let record: TransferRecord | undefined
    let decision: Decision | undefined
    let offer = ''
    try {
      const result = await receiveFiles(pipe.stream, () => decision?.folder ?? '', {
        peer: pipe.peer,
        consent: async (summary) => {
          offer = offerOf(summary)
          record = this.#options.recordOf(pipe.peer, offer)
          record.over.signal.addEventListener('abort', () => over.abort(record?.over.signal.reason), {
            once: true,
          })
          record.change({ peer: pipe.peer, strategy: pipe.connection.strategy })
          record.follow({ type: 'offer', summary })
          decision = journal.accepted(pipe.peer, offer) ?? (await this.#ask(record, pipe, over.signal))
          if (decision === undefined) return false
          journal.accept({ peer: pipe.peer, offer, ...decision })
          record.change({ folder: decision.folder })
          return true
        },
        conflict: () => decision?.conflict ?? 'rename',
        signal: over.signal,
        onEvent: (event) => {
          if (event.type !== 'offer') record?.follow(event)
        },
      })
      journal.forget(pipe.peer, offer)
      record?.done(result)
    } catch (error) {
      log('receive-failed', { peer: pipe.peer, reason: (error as Error).message })
      if (decision !== undefined && isLost(error) && !over.signal.aborted)
        return record?.change({ state: 'interrupted', reason: (error as Error).message })
      // An earlier connection of the same transfer goes on, or its loss was not noticed yet: the consent is that one's, too.
      if (!isBusy(error)) journal.forget(pipe.peer, offer)
      record?.fail(error as Error)
    } finally {
      this.#waiting.delete(record?.id ?? '')
      await pipe.close().catch(() => {}) // The result of the transfer tells whether anything was lost.
    }
  }

  /** Throws `DAEMON_DECIDED` when the transfer waits for nobody. */
  decide(id: string, decision: Decision | undefined): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined)
      throw new DaemonError('DAEMON_DECIDED', `the transfer ${id} does not wait for a decision`)
    this.#waiting.delete(id)
    waiting.decide(decision)
  }

  #ask({ id }: TransferRecord, { peer }: PeerPipe, signal: AbortSignal): Promise<Decision | undefined> {
    const own = [...this.#waiting.values()].filter((one) => one.peer === peer)
    if (this.#waiting.size >= MAX_OFFERS || own.length >= MAX_OFFERS_OF_PEER)
      return Promise.resolve(undefined)
    return new Promise((decide) => {
      this.#waiting.set(id, { peer, decide })
      signal.addEventListener('abort', () => decide(undefined), { once: true })
    })
  }
}

/** The same files offered again are the same offer. */
function offerOf(summary: Summary): string {
  return createHash('sha256').update(JSON.stringify(summary)).digest('base64url')
}

function isBusy(error: unknown): boolean {
  return error instanceof TransferError && error.code === 'TRANSFER_BUSY'
}

function isLost(error: unknown): boolean {
  return error instanceof TransferError && error.code === 'TRANSFER_CLOSED'
}
