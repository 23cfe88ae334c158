import { addSequence, sequenceDistance } from './sequence.ts'

/** Puts segments in order: it keeps early ones and cuts bytes that came before. RFC 9293 §3.10.7.4. */
export class Reassembly {
  /** The sequence number of the next byte. */
  next: number
  readonly #early = new Map<number, Uint8Array>()
  #finAt: number | undefined

  constructor(next: number) {
    this.next = next
  }

  /** Returns the bytes that are in order now; it keeps at most `room` bytes. */
  receive(sequence: number, data: Uint8Array, fin: boolean, room: number): Uint8Array[] {
    if (fin) this.#finAt = addSequence(sequence, data.length)
    const offset = sequenceDistance(sequence, this.next)
    if (data.length === 0 || offset + data.length <= 0 || offset + data.length > room) return []
    if (offset > 0) {
      const before = this.#early.get(sequence)
      if (before === undefined || before.length < data.length) this.#early.set(sequence, data)
      return []
    }
    const ordered = [data.subarray(-offset)]
    this.next = addSequence(sequence, data.length)
    this.#joinEarly(ordered)
    return ordered
  }

  /** Whether the peer's FIN comes next. If so, it counts as received. */
  takeFin(): boolean {
    if (this.#finAt !== this.next) return false
    this.next = addSequence(this.next, 1)
    this.#finAt = undefined
    return true
  }

  #joinEarly(ordered: Uint8Array[]): void {
    for (let joined = true; joined; ) {
      joined = false
      for (const [sequence, data] of this.#early) {
        const offset = sequenceDistance(sequence, this.next)
        if (offset > 0) continue
        this.#early.delete(sequence)
        if (offset + data.length <= 0) continue
        ordered.push(data.subarray(-offset))
        this.next = addSequence(sequence, data.length)
        joined = true
      }
    }
  }
}
