import type { Node, PeerPipe } from '@p2pd/node'
import type { StreamSource } from '@p2pd/transfer/node'
import { DaemonError } from '../daemon-error.ts'
import { type Decision, Incoming } from './incoming.ts'
import { FILES_SERVICE, type Sending, sendAll } from './outgoing.ts'
import { TransferJournal, type UnsentFiles } from './transfer-journal.ts'
import { TransferRecord, type TransferResource } from './transfer-record.ts'

/** Transfers under way, either direction. */
const MAX_RUNNING = 64
/** Ended ones stay for clients that ask. */
const MAX_KEPT = 200

/** The parts of a daemon that transfers use. */
export interface TransfersOptions {
  readonly node: Pick<Node, 'connect' | 'serve'>
  /** Where unfinished transfers are kept. @default memory */
  readonly journalFile: string | undefined
  readonly onChange: (transfer: TransferResource, isProgress: boolean) => void
  readonly log: (event: string, fields: object) => void
  /** Gives a sender to a client that receives files itself; false when there is none. */
  readonly giveAway: (pipe: PeerPipe) => boolean
}

/** The transfers that run, and the last ones that have ended. */
export class Transfers {
  readonly #options: TransfersOptions
  readonly #journal: TransferJournal
  readonly #incoming: Incoming
  readonly #records = new Map<string, TransferRecord>()
  /** Interrupted offers, by peer and offer. */
  readonly #offers = new Map<string, TransferRecord>()
  readonly #withdraw: () => void
  #last = 0

  constructor(options: TransfersOptions) {
    const { node, journalFile, log, giveAway } = options
    this.#options = options
    this.#journal = new TransferJournal(journalFile, log)
    const recordOf = (peer: string, offer: string) => this.#offerOf(peer, offer)
    this.#incoming = new Incoming({ journal: this.#journal, recordOf, log })
    this.#withdraw = node.serve(FILES_SERVICE, async (pipe) => {
      if (!giveAway(pipe)) await this.#incoming.take(pipe)
    })
  }

  /** Goes on with what an earlier daemon has not sent. */
  resume(): void {
    for (const files of this.#journal.takeUnsent()) this.sendFiles(files, true)
  }

  /** The newest first. */
  list(): TransferResource[] {
    return [...this.#records.values()].map(({ resource }) => resource).reverse()
  }

  /** Throws `DAEMON_NO_TRANSFER`. */
  get(id: string): TransferResource {
    return this.#get(id).resource
  }

  /** Begins to send files of this host; they are sent again after a crash. Throws `DAEMON_BUSY`. */
  sendFiles(wish: UnsentFiles, isResumed = false): TransferResource {
    const record = this.#begin({ direction: 'out', state: 'calling', target: wish.target })
    const finish = this.#journal.begin(wish)
    const { target, files, bytesPerSecond } = wish
    void this.#send(record, { target, sources: files, limit: bytesPerSecond, isResumed }).then(() => {
      // A transfer that was stopped with the daemon goes on with the next one.
      if (!this.#isClosed) finish()
    })
    return record.resource
  }

  /** Sends bytes of a client as one file, and resolves when the receiver has them, or with the failure. */
  async sendStream(target: string, source: StreamSource, signal: AbortSignal): Promise<TransferResource> {
    const record = this.#begin({ direction: 'out', state: 'calling', target })
    signal.addEventListener('abort', () => record.over.abort(signal.reason), { once: true })
    const failure = await this.#send(record, { target, sources: [source], isResumed: false })
    if (failure !== undefined) throw failure
    return record.resource
  }

  /** Decides about an offer. Throws `DAEMON_NO_TRANSFER`, `DAEMON_DECIDED`. */
  decide(id: string, decision: Decision | undefined): TransferResource {
    this.#get(id)
    this.#incoming.decide(id, decision)
    return this.get(id)
  }

  /** Cancels a transfer, and forgets one that has ended. Throws `DAEMON_NO_TRANSFER`. */
  remove(id: string): void {
    const record = this.#get(id)
    if (record.hasEnded) this.#records.delete(id)
    else if (record.resource.state === 'interrupted') record.change({ state: 'cancelled' })
    else record.over.abort('cancelled by the user')
  }

  /**
   * Takes no further offer and calls nobody again. A transfer that runs ends with the node, and not by a cancellation. It goes
   * on with the next daemon.
   */
  closeAll(): void {
    this.#isClosed = true
    this.#withdraw()
  }

  #isClosed = false

  async #send(
    record: TransferRecord,
    how: Pick<Sending, 'target' | 'sources' | 'limit' | 'isResumed'>,
  ): Promise<Error | undefined> {
    try {
      const isEnding = () => this.#isClosed
      record.done(await sendAll({ node: this.#options.node, record, isEnding, ...how }))
      return undefined
    } catch (error) {
      record.fail(error as Error)
      return error as Error
    }
  }

  #get(id: string): TransferRecord {
    const record = this.#records.get(id)
    if (record === undefined) throw new DaemonError('DAEMON_NO_TRANSFER', `there is no transfer ${id}`)
    return record
  }

  #offerOf(peer: string, offer: string): TransferRecord {
    const key = `${peer} ${offer}`
    const known = this.#offers.get(key)
    if (known !== undefined && known.resource.state === 'interrupted') return known
    const record = this.#begin({ direction: 'in', state: 'offered', peer })
    this.#offers.set(key, record)
    return record
  }

  #begin(known: Omit<ConstructorParameters<typeof TransferRecord>[0], 'id'>): TransferRecord {
    const running = [...this.#records.values()].filter((record) => !record.hasEnded)
    if (running.length >= MAX_RUNNING)
      throw new DaemonError('DAEMON_BUSY', `${MAX_RUNNING} transfers run: wait for some`)
    const record = new TransferRecord({ ...known, id: String(++this.#last) }, (one, isProgress) =>
      this.#options.onChange(one.resource, isProgress),
    )
    this.#records.set(record.id, record)
    this.#forgetOld()
    this.#options.onChange(record.resource, false)
    return record
  }

  #forgetOld(): void {
    for (const [id, record] of this.#records) {
      if (this.#records.size <= MAX_KEPT) break
      if (record.hasEnded) this.#records.delete(id)
    }
    for (const [key, record] of this.#offers) if (record.hasEnded) this.#offers.delete(key)
  }
}
