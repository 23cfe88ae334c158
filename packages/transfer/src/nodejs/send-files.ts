import { abortable, type ByteStream, type Clock } from '@p2pd/netif'
import { systemClock } from '@p2pd/netif/node'
import type { SendEvent, TransferResult } from '../events.ts'
import { MAX_ENTRIES_LENGTH } from '../frame/frame.ts'
import { encodeEntry, type FileEntry } from '../manifest/entry.ts'
import { SummaryBuilder } from '../manifest/summary.ts'
import { ProgressMeter } from '../pacing/progress.ts'
import { SenderMachine, type SenderStep, type Want } from '../sending/sender-machine.ts'
import { TransferError } from '../transfer-error.ts'
import { AsyncQueue } from './async-queue.ts'
import { EntrySpool } from './entry-spool.ts'
import { Deferred } from './deferred.ts'
import { closed, stoppedByPeer } from './ended-by-peer.ts'
import { Ending } from './ending.ts'
import { FileServer } from './sources/file-server.ts'
import { FrameLink } from './frame-link.ts'
import { newSha256 } from './sha256.ts'
import { Sources, type StreamSource } from './sources/walk.ts'

/** Files that a receiver may have asked for at once; `receiveFiles` asks for 4,096. */
const MAX_WANTS = 65_536

/** Choices of a sender. */
export interface SendFilesOptions {
  /** Bytes a second, at most. @default no limit */
  readonly limit?: number | undefined
  /**
   * Chooses among the files and links below the chosen folders, by their paths at the receiver: those that have failed before.
   * Folders are left out then, and the receiver makes those that it lacks. @default everything is sent
   */
  readonly select?: ((path: string) => boolean) | undefined
  /** Cancels the transfer; a text as its reason reaches the receiver. */
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: ((event: SendEvent) => void) | undefined
  /** @default the system's clock */
  readonly clock?: Clock | undefined
}

/**
 * Sends files and folders over a byte stream to `receiveFiles` at its other end.
 *
 * Resolves when the receiver has acknowledged everything, also when single files have failed. Rejects with a
 * `TransferError` when the transfer stops early; the receiver keeps what it has, and the same call goes on from there.
 * The stream is ended.
 *
 * Codes are `TRANSFER_INVALID_ARGUMENT` for a path that does not exist, `TRANSFER_CLOSED`, `TRANSFER_CANCELLED`,
 * `TRANSFER_PROTOCOL`, `TRANSFER_MALFORMED`, and the reasons of the receiver. These are `TRANSFER_REFUSED`,
 * `TRANSFER_BUSY`, `TRANSFER_NO_SPACE`, `TRANSFER_DISK_FULL` and `TRANSFER_NOT_WRITABLE`.
 */
export async function sendFiles(
  stream: ByteStream,
  chosen: readonly (string | StreamSource)[],
  options: SendFilesOptions = {},
): Promise<TransferResult> {
  const link = new FrameLink(stream, options.clock ?? systemClock, options.limit)
  const spool = new EntrySpool()
  const ending = new Ending(options.signal)
  try {
    const sources = await Sources.open(chosen)
    const transfer = new Sending(link, sources, spool, options, ending.signal)
    const result = await abortable(transfer.run(), ending.signal)
    await link.end()
    return result
  } catch (error) {
    await ending.fail(error, link)
    throw error
  } finally {
    ending.close()
    await spool.close()
  }
}

/** One transfer, at the sender. */
class Sending {
  readonly #link: FrameLink
  readonly #sources: Sources
  readonly #spool: EntrySpool
  readonly #options: SendFilesOptions
  readonly #clock: Clock
  readonly #over: AbortSignal
  readonly #machine = new SenderMachine()
  readonly #wants = new AsyncQueue<Want>()
  readonly #accepted = new Deferred<void>()
  #meter: ProgressMeter | undefined
  #movedBytes = 0

  constructor(
    link: FrameLink,
    sources: Sources,
    spool: EntrySpool,
    options: SendFilesOptions,
    over: AbortSignal,
  ) {
    this.#link = link
    this.#sources = sources
    this.#spool = spool
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#over = over
  }

  async run(): Promise<TransferResult> {
    const [result] = await Promise.all([this.#listen(), this.#send()])
    return result
  }

  async #send(): Promise<void> {
    await this.#link.send(this.#machine.hello())
    await this.#sendManifest()
    await abortable(this.#accepted.promise, this.#over)
    this.#options.onEvent?.({ type: 'accepted' })
    await this.#serve()
    await this.#link.send(this.#machine.finish())
    await this.#link.flush()
  }

  async #sendManifest(): Promise<void> {
    const [root, summary] = [newSha256(), new SummaryBuilder()]
    let [batch, length]: [Uint8Array[], number] = [[], 0]
    const flush = async () => {
      const bytes = Buffer.concat(batch)
      root.update(bytes)
      await this.#spool.append(bytes, batch.length)
      await this.#link.send({ type: 'entries', bytes })
      ;[batch, length] = [[], 0]
    }
    const { select } = this.#options
    for await (const entry of this.#sources.entries()) {
      this.#over.throwIfAborted()
      if (select !== undefined && (entry.type === 'directory' || !select(entry.path))) continue
      const bytes = encodeEntry(entry)
      if (length + bytes.length > MAX_ENTRIES_LENGTH) await flush()
      batch.push(bytes)
      length += bytes.length
      summary.add(entry)
      if (entry.type === 'note') this.#options.onEvent?.(entry)
    }
    await flush()
    const { entries, files, bytes, hasUnknownSize } = summary.summary
    const total = { totalFiles: files, totalBytes: hasUnknownSize ? undefined : bytes }
    this.#meter = new ProgressMeter(total, this.#clock.now())
    await this.#link.send(this.#machine.offer(entries, bytes, root.digest()))
    await this.#link.flush()
    this.#options.onEvent?.({ type: 'offer', summary: summary.summary })
  }

  async #serve(): Promise<void> {
    const server = new FileServer(this.#link, this.#sources, this.#over, (bytes) => this.#moved(bytes))
    await server.serve(this.#wants, async ({ index }) => (await this.#spool.read(index)) as FileEntry)
  }

  #moved(bytes: number): void {
    this.#movedBytes += bytes
    this.#meter?.addBytes(bytes)
    const progress = this.#meter?.take(this.#clock.now())
    if (progress !== undefined) this.#options.onEvent?.({ type: 'progress', progress })
  }

  async #listen(): Promise<TransferResult> {
    for await (const frame of this.#link.frames()) {
      for (const step of this.#machine.receive(frame)) {
        const result = await this.#take(step)
        if (result !== undefined) return result
      }
    }
    throw closed()
  }

  async #take(step: SenderStep): Promise<TransferResult | undefined> {
    switch (step.type) {
      case 'accepted':
        this.#accepted.resolve(undefined)
        return undefined
      case 'want':
        if (this.#wants.length > MAX_WANTS)
          throw new TransferError('TRANSFER_PROTOCOL', 'too many files wanted')
        this.#wants.push(step.want)
        return undefined
      case 'wants-end':
        this.#wants.end()
        return undefined
      case 'stored':
      case 'file-failed':
        await this.#report(step)
        return undefined
      case 'done': {
        const progress = this.#meter?.take(this.#clock.now(), true)
        if (progress !== undefined) this.#options.onEvent?.({ type: 'progress', progress })
        return { stored: step.stored, failed: step.failed, movedBytes: this.#movedBytes }
      }
      case 'stopped':
        throw stoppedByPeer(step.reason, step.detail)
    }
  }

  async #report(step: SenderStep & { type: 'stored' | 'file-failed' }): Promise<void> {
    const entry = await this.#spool.read(step.index)
    this.#meter?.addFile()
    const { onEvent } = this.#options
    if (step.type === 'file-failed') {
      onEvent?.({ type: 'file-failed', path: entry.path, reason: step.reason, detail: step.detail })
      return
    }
    const isMoved = step.outcome === 'stored' || step.outcome === 'renamed' || step.outcome === 'overwritten'
    if (!isMoved && entry.type === 'file') this.#meter?.skipBytes(entry.size ?? 0)
    onEvent?.({ type: 'file', path: entry.path, outcome: step.outcome })
  }
}
