import type { Agenda } from './agenda.ts'
import type { Dice } from '@p2pd/netif/testing'

/** One end of a link, as the session above it sees it. */
export interface LinkEnd {
  receive(chunk: Uint8Array): void
  ready(): void
}

/** Bytes of so many milliseconds arrive together, at most. */
const MAX_CHUNK_MS = 500

/** One direction of a path: a delay, a rate, and the place at which it breaks. */
class Direction {
  readonly #agenda: Agenda
  readonly #dice: Dice
  readonly #delayMs: number
  readonly #bytesPerMs: number
  #freeAt = 0
  /** Bytes that still arrive once the link is cut. */
  #left = Number.POSITIVE_INFINITY
  #underWay = 0

  constructor(agenda: Agenda, dice: Dice) {
    this.#agenda = agenda
    this.#dice = dice
    this.#delayMs = 1 + dice.below(150)
    this.#bytesPerMs = dice.pick([20, 1000, 100_000]) ?? 1000
  }

  /** The bytes under way break off anywhere. */
  cut(): void {
    this.#left = Math.min(this.#left, this.#dice.below(this.#underWay + 1))
  }

  send(parts: readonly Uint8Array[], from: LinkEnd, to: LinkEnd): void {
    const bytes = Buffer.concat(parts)
    const start = Math.max(this.#agenda.now, this.#freeAt)
    this.#freeAt = start + bytes.length / this.#bytesPerMs
    this.#underWay += bytes.length
    this.#agenda.at(this.#freeAt, () => from.ready())
    const most = Math.min(bytes.length, this.#bytesPerMs * MAX_CHUNK_MS)
    const isWhole = this.#dice.chance(0.3)
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + (isWhole ? most : 1 + this.#dice.below(most)))
      const chunk = bytes.subarray(at, end)
      this.#agenda.at(start + end / this.#bytesPerMs + this.#delayMs, () => this.#arrive(chunk, to))
      at = end
    }
  }

  #arrive(chunk: Uint8Array, to: LinkEnd): void {
    this.#underWay -= chunk.length
    const rest = chunk.subarray(0, Math.min(chunk.length, this.#left))
    this.#left -= rest.length
    if (rest.length > 0) to.receive(rest)
  }
}

/** A path between two ends that can be cut. */
export class Link {
  readonly id: number
  readonly #there: Direction
  readonly #back: Direction
  #isCut = false

  constructor(id: number, agenda: Agenda, dice: Dice) {
    this.id = id
    this.#there = new Direction(agenda, dice)
    this.#back = new Direction(agenda, dice)
  }

  get isCut(): boolean {
    return this.#isCut
  }

  cut(): void {
    this.#isCut = true
    this.#there.cut()
    this.#back.cut()
  }

  send(isThere: boolean, parts: readonly Uint8Array[], from: LinkEnd, to: LinkEnd): void {
    if (isThere) this.#there.send(parts, from, to)
    else this.#back.send(parts, from, to)
  }
}
