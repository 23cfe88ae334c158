import { encodeFrame, MAX_DATAGRAM } from './frame/frame.ts'
import type { SessionOutput } from './output.ts'
import type { Path } from './path/path.ts'
import { SessionError } from './session-error.ts'

/** Whether a datagram was sent, and the requests for that. */
export interface SentDatagram {
  readonly isSent: boolean
  readonly outputs: SessionOutput[]
}

/** Framed datagrams that leave with the next frames of the path; one that would have to wait is dropped. */
export class DatagramQueue {
  #frames: Uint8Array[] = []
  #bytes = 0
  #dropped = 0

  /** Datagrams that were not sent. */
  get dropped(): number {
    return this.#dropped
  }

  get frames(): readonly Uint8Array[] {
    return this.#frames
  }

  /** Hands a datagram to the channel of a path, else queues it for a path that takes more, else drops it. */
  send(bytes: Uint8Array, path: Path | undefined): SentDatagram {
    if (bytes.length > MAX_DATAGRAM) {
      throw new SessionError('SESSION_INVALID_ARGUMENT', `a datagram of ${bytes.length} bytes`)
    }
    if (path?.hasDatagrams) {
      return { isSent: true, outputs: [{ type: 'send-datagram', path: path.id, bytes }] }
    }
    return { isSent: this.#offer(bytes, path?.isReady === true), outputs: [] }
  }

  #offer(bytes: Uint8Array, isPathReady: boolean): boolean {
    const isTaken = isPathReady && this.#bytes + bytes.length <= MAX_DATAGRAM
    if (isTaken) {
      this.#bytes += bytes.length
      this.#frames.push(encodeFrame({ type: 'datagram', bytes }))
    } else this.#dropped++
    return isTaken
  }

  /** The queue was sent. */
  clear(): void {
    if (this.#frames.length > 0) this.#frames = []
    this.#bytes = 0
  }
}
