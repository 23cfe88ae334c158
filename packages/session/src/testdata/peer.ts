import type { SessionOutput } from '../output.ts'
import type { PathOptions } from '../path/path-set.ts'
import type { Role } from '../role.ts'
import { SessionMachine } from '../session-machine.ts'
import type { SessionError } from '../session-error.ts'
import type { Agenda } from './agenda.ts'
import { Dice } from '@p2pd/netif/testing'
import type { Link, LinkEnd } from './link.ts'

/** The bytes that one end wrote to a stream, and those that it read. */
export interface Tally {
  written: number
  read: number
  isEnded: boolean
  isEndRead: boolean
  isReset: boolean
  isStalled: boolean
}

/** Repeats itself after a prime number of bytes. */
const PERIOD = 65_521
const pattern = (() => {
  const dice = new Dice(1)
  const once = Uint8Array.from({ length: PERIOD }, () => dice.below(256))
  return Buffer.concat([once, once, once, once])
})()

/** The content of a stream from an offset on: lost, doubled and misplaced bytes show. */
function contentOf(role: Role, id: number, offset: number, length: number): Uint8Array {
  const start = (offset + id * 31 + (role === 'controlling' ? 0 : 10_007)) % PERIOD
  return pattern.subarray(start, start + length)
}

/** One end of a session in a simulated world, with a user who writes and reads at random. */
export class Peer {
  readonly role: Role
  readonly machine: SessionMachine
  readonly tallies = new Map<number, Tally>()
  readonly lostPaths: { readonly id: number; readonly reason: string; readonly at: number }[] = []
  readonly paths = new Set<number>()
  error: SessionError | undefined
  isOver = false
  isAcknowledged = false
  overAt = 0
  /** Bytes that arrived on paths that this end has not attached yet. */
  readonly #early = new Map<number, Uint8Array[]>()
  readonly #links = new Map<number, Link>()
  readonly #agenda: Agenda
  readonly #dice: Dice
  #wakeAt = Number.POSITIVE_INFINITY
  other!: Peer

  constructor(role: Role, agenda: Agenda, dice: Dice, resumeMs: number) {
    this.role = role
    this.#agenda = agenda
    this.#dice = dice
    this.machine = new SessionMachine({ role, resumeMs }, 0)
    this.#tally(0)
    this.#settle()
  }

  attach(link: Link, options: PathOptions): void {
    if (this.isOver) return
    this.#links.set(link.id, link)
    this.paths.add(link.id)
    this.perform(this.machine.attach(link.id, options, this.#agenda.now))
    for (const chunk of this.#early.get(link.id) ?? []) this.receive(link.id, chunk)
    this.#early.delete(link.id)
  }

  detach(id: number): void {
    if (!this.isOver) this.perform(this.machine.detach(id, this.#agenda.now))
  }

  receive(id: number, chunk: Uint8Array): void {
    if (this.isOver) return
    if (!this.#links.has(id)) {
      const early = this.#early.get(id) ?? []
      early.push(chunk)
      this.#early.set(id, early)
    } else this.perform(this.machine.receive(id, chunk, this.#agenda.now))
  }

  open(): void {
    const id = this.machine.streams.open('files', this.#agenda.now)
    this.#tally(id)
    this.#settle()
  }

  write(id: number, length: number): void {
    const tally = this.#tally(id)
    this.machine.streams.write(id, [contentOf(this.role, id, tally.written, length)])
    tally.written += length
    this.#settle()
  }

  end(id: number): void {
    this.#tally(id).isEnded = true
    this.machine.streams.end(id)
    this.#settle()
  }

  reset(id: number): void {
    this.#tally(id).isReset = true
    this.machine.streams.reset(id, 7)
    this.#settle()
  }

  close(): void {
    for (const tally of this.tallies.values()) tally.isEnded = true
    this.machine.close()
    this.#settle()
  }

  /** Streams that this end may write to. */
  get writable(): number[] {
    return [...this.tallies].flatMap(([id, { isEnded, isReset }]) => (isEnded || isReset ? [] : [id]))
  }

  stall(id: number, isStalled: boolean): void {
    this.#tally(id).isStalled = isStalled
    if (!isStalled) this.#read(id)
    this.#settle()
  }

  perform(outputs: SessionOutput[]): void {
    for (const output of outputs) this.#performOne(output)
    this.#settle()
  }

  #performOne(output: SessionOutput): void {
    switch (output.type) {
      case 'send':
        return this.#send(output.path, output.parts)
      case 'path-lost':
        this.paths.delete(output.path)
        this.lostPaths.push({ id: output.path, reason: output.reason, at: this.#agenda.now })
        break
      case 'path-retired':
        this.paths.delete(output.path)
        break
      case 'stream':
        this.#tally(output.id)
        break
      case 'readable':
        if (!this.#tally(output.id).isStalled) this.#read(output.id)
        break
      case 'reset':
        this.#tally(output.id).isReset = true
        break
      case 'finished':
        for (const tally of this.tallies.values()) tally.isEnded = true
        break
      case 'acknowledged':
        this.isAcknowledged = true
        break
      case 'over':
        this.isOver = true
        this.overAt = this.#agenda.now
        this.error = output.error
        break
      default:
    }
  }

  #send(path: number, parts: readonly Uint8Array[]): void {
    const link = this.#links.get(path)
    const { other } = this
    link?.send(
      this.role === 'controlling',
      parts,
      { ready: () => this.#ready(path), receive: () => {} },
      { ready: () => {}, receive: (chunk) => other.receive(path, chunk) } satisfies LinkEnd,
    )
  }

  #ready(path: number): void {
    if (this.isOver) return
    this.machine.ready(path)
    this.#settle()
  }

  #read(id: number): void {
    const tally = this.#tally(id)
    for (;;) {
      const chunk = this.machine.streams.read(id)
      if (chunk === undefined) return
      if (chunk === null) tally.isEndRead = true
      else this.#compare(id, tally, chunk)
    }
  }

  #compare(id: number, tally: Tally, chunk: Uint8Array): void {
    const expected = contentOf(this.other.role, id, tally.read, chunk.length)
    if (Buffer.compare(chunk, expected) !== 0) throw new Error(`stream ${id} differs after ${tally.read}`)
    tally.read += chunk.length
  }

  #tally(id: number): Tally {
    let tally = this.tallies.get(id)
    if (tally === undefined) {
      const isStalled = this.#dice.chance(0.2)
      tally = { written: 0, read: 0, isEnded: false, isEndRead: false, isReset: false, isStalled }
      this.tallies.set(id, tally)
    }
    return tally
  }

  /** Sends what is to be sent, and asks to be woken. */
  #settle(): void {
    if (this.isOver) return
    for (const output of this.machine.flush(this.#agenda.now)) this.#performOne(output)
    const { wakeAt } = this.machine
    if (this.isOver || wakeAt >= this.#wakeAt || wakeAt === Number.POSITIVE_INFINITY) return
    this.#wakeAt = wakeAt
    this.#agenda.at(wakeAt, () => {
      this.#wakeAt = Number.POSITIVE_INFINITY
      if (!this.isOver) this.perform(this.machine.wake(this.#agenda.now))
    })
  }
}
