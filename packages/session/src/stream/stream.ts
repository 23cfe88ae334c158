import type { StreamReceiver } from './stream-receiver.ts'
import type { StreamSender } from './stream-sender.ts'

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
}
