import type { Path } from './path.ts'
import { ResendBuffer } from './resend-buffer.ts'
import { SessionError } from '../session-error.ts'

/** The sequence of ordered frames that this end sends: by which path, and from where again. RFC 9000 §9. */
export class OrderedSender {
  readonly buffer: ResendBuffer
  #path: Path | undefined

  constructor(release?: (bytes: Uint8Array) => void) {
    this.buffer = new ResendBuffer(release)
  }

  /** The path in use. */
  get path(): Path | undefined {
    return this.#path
  }

  /** Goes on by another path. Frames under way on the one before may still arrive. */
  use(path: Path): void {
    const before = this.#path
    if (before === path) return
    if (before === undefined) return this.#start(path, this.buffer.start)
    before.movedAt = before.sendPosition
    before.mustMove = true
    this.#start(path, before.sendPosition)
  }

  /** A path is dead: what it had and was not acknowledged is sent again. `others` are alive, the newest first. */
  lose(path: Path, others: readonly Path[]): void {
    const { start } = this.buffer
    if (path !== this.#path) {
      const isMissed = path.movedAt !== undefined && path.movedAt > start
      if (isMissed && this.#path !== undefined) this.#start(this.#path, start)
      return
    }
    this.#path = undefined
    const [next] = others
    if (next !== undefined) this.#start(next, start)
  }

  /** The peer has everything below an offset. */
  acknowledge(offset: number): void {
    if (offset > this.buffer.end) {
      throw new SessionError('SESSION_PROTOCOL', `${offset} is acknowledged of ${this.buffer.end}`)
    }
    this.buffer.acknowledge(offset)
  }

  /** Whether the peer has everything that this end sent by a path before it moved. */
  isDrained(path: Path): boolean {
    return path.movedAt !== undefined && !path.mustMove && path.movedAt <= this.buffer.start
  }

  /** Whether the peer has still to acknowledge what went by a path. */
  isExpecting(path: Path): boolean {
    return path.sendPosition > this.buffer.start
  }

  #start(path: Path, offset: number): void {
    if (offset === this.buffer.start) this.buffer.resend()
    path.sendPosition = offset
    path.mustResume = true
    path.movedAt = undefined
    path.mustMove = false
    this.#path = path
  }
}
