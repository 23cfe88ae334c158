import { FrameBatch } from './frame/frame-batch.ts'
import type { Allocate } from './frame/memory.ts'
import type { PathSet } from './path/path-set.ts'
import type { Path } from './path/path.ts'
import { QueueLimit } from './path/queue-limit.ts'
import { SendLimit } from './path/send-limit.ts'
import type { SessionEnd } from './session-end.ts'
import type { StreamSet } from './stream/stream-set.ts'

/** The next ordered frames of a session: those of its streams, and the `finish` after all of them. */
export class FrameSource {
  readonly #streams: StreamSet
  readonly #paths: PathSet
  readonly #end: SessionEnd
  readonly #allocate: Allocate
  readonly #limit = new SendLimit()
  readonly #queue = new QueueLimit()
  /** The path that the queue is of. */
  #path: Path | undefined

  constructor(streams: StreamSet, paths: PathSet, end: SessionEnd, allocate?: Allocate) {
    this.#streams = streams
    this.#paths = paths
    this.#end = end
    this.#allocate = allocate ?? ((length) => new Uint8Array(length))
  }

  /** There are frames that were not sent yet; after the `finish` there are none. */
  hasFrames(now: number): boolean {
    return !this.#end.isFinished && (this.#streams.hasFrames(now) || this.#isFinishDue)
  }

  /** Appends frames to those that are sent, as far as the limit has room. */
  commit(maxBytes: number, now: number): void {
    const { buffer, path } = this.#paths.sender
    if (path !== this.#path) this.#queue.reset()
    this.#path = path
    const room = this.#limit.room(buffer.end - buffer.start)
    if (room < maxBytes) this.#limit.hit()
    if (room === 0) return
    const batch = new FrameBatch(this.#allocate)
    const most = Math.min(maxBytes, room)
    const bulk = Math.min(most, this.#bulkRoom(maxBytes, now))
    this.#streams.fill(batch, [most, bulk], now, this.#paths.roundTrip.smoothedMs)
    if (this.#isFinishDue) {
      batch.add({ type: 'finish' })
      this.#end.finish(buffer.end + batch.length)
    }
    if (batch.length === 0) return
    this.#queue.send(buffer.end, buffer.start, now)
    buffer.append(batch.join(), batch.payloads)
  }

  /** An acknowledgement arrived. */
  acknowledge(now: number): void {
    const { roundTrip, sender } = this.#paths
    this.#limit.acknowledge(now, roundTrip.smoothedMs)
    this.#queue.acknowledge(sender.buffer.start, now, roundTrip.smoothedMs)
  }

  /** How much more of the bulk streams may be sent: less while short ones share the path with them. */
  #bulkRoom(maxBytes: number, now: number): number {
    if (!this.#streams.isShared(now)) return maxBytes
    const { buffer } = this.#paths.sender
    const room = this.#queue.room(buffer.end - buffer.start)
    if (room < maxBytes) this.#queue.hit()
    return room
  }

  get #isFinishDue(): boolean {
    return this.#streams.isClosed && this.#streams.isSilent
  }
}
