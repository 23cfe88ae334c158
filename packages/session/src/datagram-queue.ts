import { encodeFrame, MAX_DATAGRAM } from './frame/frame.ts'

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

  /** Queues a datagram for a path that takes more, and drops it otherwise. Returns whether it was queued. */
  offer(bytes: Uint8Array, isPathReady: boolean): boolean {
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
