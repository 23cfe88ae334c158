import { abortable, equalBytes } from '@p2pd/netif'
import { systemClock } from '@p2pd/netif/node'
import type { TransferResult } from '../events.ts'
import { malformed } from '../frame/byte-reader.ts'
import type { FileReason, EntryOutcome } from '../frame/reasons.ts'
import type { Entry, FileEntry } from '../manifest/entry.ts'
import type { Summary } from '../manifest/summary.ts'
import { ReceiverMachine, type ReceiverStep } from '../receiving/receiver-machine.ts'
import { TransferError } from '../transfer-error.ts'
import { Deferred } from './deferred.ts'
import { closed, stoppedByPeer } from './ended-by-peer.ts'
import type { EntrySpool } from './entry-spool.ts'
import type { FileStore, Incoming, Plan } from './folder/file-store.ts'
import type { FrameLink } from './frame-link.ts'
import { openStore } from './folder/open-store.ts'
import { PartFile } from './folder/part-file.ts'
import { SmallPart } from './folder/small-part.ts'
import { writeFailure } from './os-failure.ts'
import type { ReceiveOptions, Refusal } from './receive-options.ts'
import { ReceiveReport } from './receive-report.ts'
import { newSha256, sha256 } from './sha256.ts'
import { TaskPool } from './task-pool.ts'

/** Files that are asked for at once: enough for many small ones on a long path. */
const MAX_OUTSTANDING = 4096
/** The weight of writes at once: 16 MiB of chunks, or 128 small files, which mostly wait for the disk. */
const PARALLEL_WRITES = 128
const CHUNK_WEIGHT = 8

/** A file on its way, and the last of its writes. */
type Active = Incoming & { tail: Promise<void> }

/** One transfer, at the receiver. */
export class Receiving {
  readonly #link: FrameLink
  readonly #directory: string | (() => string)
  readonly #spool: EntrySpool
  readonly #options: ReceiveOptions
  readonly #report: ReceiveReport
  readonly #over: AbortSignal
  readonly #machine = new ReceiverMachine(newSha256())
  readonly #active = new Map<number, Active>()
  readonly #pool = new TaskPool(PARALLEL_WRITES)
  #store: FileStore | undefined
  #begun: Promise<void> = Promise.resolve()
  #room = new Deferred<void>()
  #isPassDone = false
  #comparing = 0
  #links = 0

  constructor(
    link: FrameLink,
    directory: string | (() => string),
    spool: EntrySpool,
    options: ReceiveOptions,
    over: AbortSignal,
  ) {
    this.#link = link
    this.#directory = directory
    this.#spool = spool
    this.#options = options
    this.#report = new ReceiveReport(options.clock ?? systemClock, options.onEvent)
    this.#over = over
  }

  async run(): Promise<TransferResult> {
    await this.#link.send(this.#machine.hello())
    const begun = new Promise<never>((_, reject) => {
      this.#onOffer = (summary, root) => {
        this.#begun = this.#begin(summary, root)
        this.#begun.catch(reject)
      }
    })
    return Promise.race([this.#listen(), begun])
  }

  #onOffer: (summary: Summary, root: Uint8Array) => void = () => {}

  /** Frees everything that a transfer holds, however it has ended. */
  async close(isComplete: boolean): Promise<void> {
    await this.#begun.catch(() => {})
    await this.#pool.settled()
    for (const { part, comparison } of this.#active.values()) {
      await part?.close()
      await comparison?.close()
    }
    await this.#store?.close(isComplete)
  }

  async #begin(summary: Summary, root: Uint8Array): Promise<void> {
    this.#report.offered(summary)
    const consented = await abortable(Promise.resolve(this.#options.consent(summary)), this.#over)
    if (consented !== true) throw refusedBy(consented)
    const { conflict = 'rename', portableNames = true, peer } = this.#options
    const options = { conflict, portableNames }
    const directory = typeof this.#directory === 'string' ? this.#directory : this.#directory()
    this.#store = await openStore(directory, { peer, root, entries: summary.entries }, options)
    await this.#store.checkSpace(this.#spool)
    await this.#link.send(this.#machine.accept())
    this.#report.accepted(summary)
    for await (const [index, entry] of this.#spool.entries()) {
      this.#over.throwIfAborted()
      await this.#announce(this.#store, index, entry)
    }
    this.#isPassDone = true
    await this.#endWants()
  }

  async #announce(store: FileStore, index: number, entry: Entry): Promise<void> {
    const { path } = entry
    switch (entry.type) {
      case 'note':
        return this.#report.note(entry)
      case 'directory':
        return this.#guard(index, path, () => store.makeFolder(entry))
      case 'link':
        this.#links++
        return store.reserve(entry)
      case 'file':
        while (this.#machine.outstanding >= MAX_OUTSTANDING) await abortable(this.#room.promise, this.#over)
        return this.#guard(index, path, async () =>
          this.#follow(index, entry, await store.plan(index, entry)),
        )
    }
  }

  /** Does what was decided for a file. */
  async #follow(index: number, entry: FileEntry, plan: Plan): Promise<void> {
    switch (plan.type) {
      case 'left':
        this.#report.left(entry.size ?? 0)
        return this.#stored(index, entry.path, plan.outcome)
      case 'failed':
        return this.#failed(index, entry.path, plan.reason, plan.detail)
      case 'wanted': {
        const { file } = plan
        const from = file.part?.chunks ?? 0
        if (file.comparison !== undefined) this.#comparing++
        this.#report.wanted(file)
        this.#active.set(index, Object.assign(file, { tail: Promise.resolve() }))
        await this.#link.send(this.#machine.want(index, entry, from, file.comparison !== undefined))
      }
    }
  }

  async #endWants(): Promise<void> {
    if (!this.#isPassDone || this.#comparing > 0) return
    await this.#link.send(this.#machine.wantsEnd())
  }

  async #listen(): Promise<TransferResult> {
    for await (const frame of this.#link.frames()) {
      this.#over.throwIfAborted()
      for (const step of this.#machine.receive(frame)) {
        if (step.type === 'finished') return this.#finish()
        await this.#take(step)
      }
    }
    throw closed()
  }

  async #take(step: ReceiverStep): Promise<void> {
    switch (step.type) {
      case 'entries':
        return this.#spool.append(step.bytes, step.entries.length)
      case 'offer':
        return this.#onOffer(step.summary, step.root)
      case 'stopped':
        throw stoppedByPeer(step.reason, step.detail)
      case 'chunk':
        if (!equalBytes(sha256(step.bytes), step.hash))
          throw malformed(`chunk ${step.number} has another hash`)
        this.#report.moved(step.bytes.length)
        return this.#enqueue(step.index, async ({ part }) => {
          await part?.write(step.number, step.hash, step.bytes)
          if (part instanceof PartFile) this.#link.release(step.bytes)
        })
      case 'hash':
        return this.#enqueue(step.index, (file) => file.comparison?.add(step.number, step.hash))
      case 'file-end':
        return this.#enqueue(step.index, (file) => this.#end(file))
      case 'file-failed':
        return this.#enqueue(step.index, async (file) => {
          await this.#drop(file)
          await this.#failed(file.index, file.entry.path, step.reason, step.detail)
        })
    }
  }

  /** Does the next thing with a file after those before it, beside other files. */
  async #enqueue(index: number, work: (file: Active) => Promise<void> | undefined): Promise<void> {
    const file = this.#active.get(index)
    if (file === undefined) return // It has failed at this end; the rest of its frames is dropped.
    const step = async () => {
      if (this.#active.get(index) !== file) return
      await this.#guard(index, file.entry.path, async () => work(file))
    }
    const run = () => {
      const done = file.tail.then(step)
      file.tail = done.catch(() => {})
      return done
    }
    await this.#pool.run(run, file.part instanceof SmallPart ? 1 : CHUNK_WEIGHT)
  }

  async #end(file: Active): Promise<void> {
    const { index, entry } = file
    if (file.comparison === undefined) {
      const [outcome, path] = await (this.#store as FileStore).complete(file)
      this.#active.delete(index)
      return this.#stored(index, entry.path, outcome, path)
    }
    const { isSame } = file.comparison
    await file.comparison.close()
    file.comparison = undefined
    this.#active.delete(index)
    try {
      const store = this.#store as FileStore
      await this.#follow(index, entry, isSame ? { type: 'left', outcome: 'same' } : await store.decide(file))
    } finally {
      this.#comparing--
    }
    await this.#endWants()
  }

  /** Runs work on one file: its own failures are reported, others stop the transfer. */
  async #guard(index: number, path: string, work: () => Promise<void> | undefined): Promise<void> {
    try {
      await work()
    } catch (error) {
      const file = this.#active.get(index)
      // The rest of its frames would put half a file in its place.
      this.#active.delete(index)
      await file?.part?.close().catch(() => {}) // It may be closed already.
      const { reason, detail } = writeFailure(error, path)
      if (file !== undefined) await this.#drop(file)
      await this.#failed(index, path, reason, detail)
    }
  }

  /** A file that does not come: its part goes, too. */
  async #drop(file: Active): Promise<void> {
    this.#active.delete(file.index)
    await file.part?.close().catch(() => {}) // It may be closed already.
    await file.part?.remove()
    if (file.comparison === undefined) return
    await file.comparison.close()
    this.#comparing--
    await this.#endWants()
  }

  async #finish(): Promise<TransferResult> {
    await this.#pool.idle()
    if (this.#links > 0) await this.#makeLinks(this.#store as FileStore)
    this.#report.finished()
    const { result } = this.#report
    const { stored, failed } = result
    await this.#link.send({ type: 'done', stored, failed })
    return result
  }

  async #makeLinks(store: FileStore): Promise<void> {
    for await (const [index, entry] of this.#spool.entries()) {
      if (entry.type !== 'link') continue
      await this.#guard(index, entry.path, async () => {
        const made = await store.makeLink(entry)
        if (made.type === 'failed') await this.#failed(index, entry.path, made.reason, made.detail)
        else this.#report.linked(entry.path, made.outcome)
      })
    }
  }

  async #stored(index: number, path: string, outcome: EntryOutcome, storedAs = path): Promise<void> {
    this.#leave()
    this.#report.stored(path, outcome, storedAs)
    await this.#link.send({ type: 'stored', index, outcome })
  }

  async #failed(index: number, path: string, reason: FileReason, detail: string): Promise<void> {
    this.#leave()
    this.#report.failed(path, reason, detail)
    await this.#link.send({ type: 'file-failed', index, reason, detail })
  }

  /** Lets the next file be asked for. */
  #leave(): void {
    this.#room.resolve(undefined)
    this.#room = new Deferred()
  }
}

/** The error of both ends for files that the receiver does not take. */
function refusedBy(answer: false | Refusal): TransferError {
  const why = answer === false ? '' : `: ${answer.refusal}`
  return new TransferError('TRANSFER_REFUSED', `the receiver refused the files${why}`)
}
