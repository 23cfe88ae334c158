import type { DecodedFrame } from '../frame/frame-decoder.ts'
import type { HeldFrame, Path } from './path.ts'
import { MAX_UNACKNOWLEDGED } from './send-limit.ts'
import { SessionError } from '../session-error.ts'

/** Bytes that a held frame costs beside its own. */
const HELD_OVERHEAD = 128

/**
 * The ordered frames of all paths, each passed on once and in order. A path on which the peer resumed ahead of
 * what has arrived is held until another path has delivered what is missing. RFC 9000 §9.
 */
export class OrderedReceiver {
  readonly #apply: (frame: DecodedFrame) => void
  #received = 0
  #resumes = 0

  constructor(apply: (frame: DecodedFrame) => void) {
    this.#apply = apply
  }

  /** The offset up to which everything has arrived. */
  get received(): number {
    return this.#received
  }

  /** The peer's next frame on this path begins at an offset. */
  resume(path: Path, offset: number): void {
    path.receivePosition = offset
    path.peerMovedAt = undefined
    path.peerResumes = ++this.#resumes
    path.held = []
    path.heldBytes = 0
  }

  /** The peer's frames from an offset on come by another path. */
  move(path: Path, offset: number): void {
    if (path.receivePosition !== offset) {
      throw new SessionError('SESSION_PROTOCOL', `moved at ${offset}, received ${path.receivePosition}`)
    }
    path.peerMovedAt = offset
  }

  /** Takes an ordered frame, or a part of one, that arrived on a path. */
  receive(path: Path, frame: DecodedFrame): void {
    const position = path.receivePosition
    if (position === undefined || path.peerMovedAt !== undefined) {
      throw new SessionError('SESSION_PROTOCOL', 'an ordered frame on a path that the peer does not use')
    }
    path.receivePosition = position + frame.size
    if (position <= this.#received) this.#take(position, frame)
    else hold(path, { ...frame, position })
  }

  /** Goes on with held frames whose turn has come; those of one path may let those of another go on. */
  release(paths: readonly Path[]): void {
    for (let before = -1; before < this.#received; ) {
      before = this.#received
      for (const path of paths) this.#releaseOf(path)
    }
  }

  #releaseOf(path: Path): void {
    const { held } = path
    let taken = 0
    for (; taken < held.length; taken++) {
      const frame = held[taken] as HeldFrame
      if (frame.position > this.#received) break
      path.heldBytes -= costOf(frame)
      this.#take(frame.position, frame)
    }
    if (taken > 0) path.held = held.slice(taken)
  }

  /** A frame below what was received has come twice; what a stream has of a frame in part it leaves out itself. */
  #take(position: number, frame: DecodedFrame): void {
    if (position < this.#received) {
      if (position + frame.size <= this.#received) return
      throw new SessionError('SESSION_PROTOCOL', `a frame from ${position} across ${this.#received}`)
    }
    this.#received += frame.size
    this.#apply(frame)
  }
}

function hold(path: Path, frame: HeldFrame): void {
  path.heldBytes += costOf(frame)
  if (path.heldBytes > 2 * MAX_UNACKNOWLEDGED) {
    throw new SessionError('SESSION_LIMIT', `${path.heldBytes} bytes before their turn`)
  }
  path.held.push(frame)
}

function costOf({ frame }: DecodedFrame): number {
  return HELD_OVERHEAD + (frame?.type === 'stream' ? frame.bytes.length : 0)
}
