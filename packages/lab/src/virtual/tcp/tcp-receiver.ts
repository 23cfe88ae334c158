import type { TcpPacket } from '../../packet.ts'
import { Reassembly } from './reassembly.ts'
import { addSequence } from './sequence.ts'

/** Bytes that may wait for a slow reader. */
const RECEIVE_BUFFER = 262_144

/** The receiving half of a connection: bytes in order, and the window that it offers. RFC 9293 §3.8. */
export class TcpReceiver {
  #incoming = new Reassembly(0)
  #unread = 0

  /** The peer's first sequence number is that of its SYN. */
  followSyn({ sequence }: TcpPacket): void {
    this.#incoming = new Reassembly(addSequence(sequence, 1))
  }

  /** The next sequence number that is expected. */
  get next(): number {
    return this.#incoming.next
  }

  /** Whether the program has bytes to read. */
  get hasUnread(): boolean {
    return this.#unread > 0
  }

  /** The window. */
  get room(): number {
    return Math.max(0, RECEIVE_BUFFER - this.#unread)
  }

  /** The bytes that are in order now. */
  receive({ sequence, payload, flags }: TcpPacket): Uint8Array[] {
    const pieces = this.#incoming.receive(sequence, payload, flags.fin, this.room)
    for (const { length } of pieces) this.#unread += length
    return pieces
  }

  /** Whether the peer's FIN is in order now; once. */
  takeFin(): boolean {
    return this.#incoming.takeFin()
  }

  /** The program has read `bytes`. Whether a window that was nearly shut has opened, so that the peer has to know. */
  consumed(bytes: number, mss: number): boolean {
    const before = this.room
    this.#unread -= bytes
    return before < 2 * mss && this.room >= 2 * mss
  }
}
