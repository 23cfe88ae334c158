import type { ExtraCredit } from './receive-window.ts'
import { StreamReceiver } from './stream-receiver.ts'
import { StreamSender } from './stream-sender.ts'

/** One stream of a session: its two halves, and its state towards the peer. */
export interface Stream {
  readonly id: number
  readonly service: string
  readonly sender: StreamSender
  readonly receiver: StreamReceiver
  /** The peer knows of it, or has opened it. */
  isOpen: boolean
  /** Aborted by this side; `reset` is still to be sent. */
  resetCode: number | undefined
  /** Bytes that it sent before those of bulk streams, and since when they are counted. */
  shortBytes: number
  shortAt: number
}

/** A stream that the peer does not know of yet. */
export function newStream(id: number, service: string, extra: ExtraCredit, now: number): Stream {
  return {
    id,
    service,
    sender: new StreamSender(),
    receiver: new StreamReceiver(extra, now),
    isOpen: false,
    resetCode: undefined,
    shortBytes: 0,
    shortAt: Number.NEGATIVE_INFINITY,
  }
}
