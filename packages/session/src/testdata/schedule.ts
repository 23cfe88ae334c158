import { Agenda } from './agenda.ts'
import { Dice } from '@p2pd/netif/testing'
import { Link } from './link.ts'
import { Peer } from './peer.ts'

const RESUME_MS = 20_000
/** Far more than any schedule takes; one that takes more never ends. */
const MAX_EVENTS = 200_000

/** A random life of a session: two users, and paths that come, break and are replaced, all drawn from a seed. */
export class Schedule {
  readonly agenda = new Agenda()
  readonly dice: Dice
  readonly alice: Peer
  readonly bob: Peer
  readonly #links: Link[] = []

  constructor(seed: number) {
    this.dice = new Dice(seed)
    this.alice = new Peer('controlling', this.agenda, this.dice, RESUME_MS)
    this.bob = new Peer('controlled', this.agenda, this.dice, RESUME_MS)
    this.alice.other = this.bob
    this.bob.other = this.alice
  }

  get #peers(): readonly Peer[] {
    return [this.alice, this.bob]
  }

  /** Runs everything; throws when something was lost, doubled, out of order, left over or never ended. */
  run(): void {
    const { agenda, dice } = this
    this.#connect()
    const isHealed = dice.chance(0.95)
    let at = 0
    for (let actions = 5 + dice.below(40); actions > 0; actions--) {
      at += dice.below(dice.pick([2, 50, 1000]) ?? 2)
      agenda.at(at, () => this.#act())
    }
    agenda.at(at + dice.below(5000), () => (isHealed ? this.#heal() : this.#breakAll()))
    for (let events = 0; agenda.step(); events++) {
      if (events > MAX_EVENTS) throw new Error(`never ends: ${this.#describe()}`)
    }
    if (isHealed) this.#checkDelivered()
    else this.#checkLost()
  }

  /** Both ends attach a new path, each when its nomination gets there, with offsets that are old by then. */
  #connect(maxDelay = 200): Link {
    const { agenda, dice } = this
    const link = new Link(this.#links.length, agenda, dice)
    this.#links.push(link)
    for (const peer of this.#peers) {
      const peerReceived = peer.other.machine.received
      agenda.after(dice.below(maxDelay + 1), () => {
        if (link.isCut && dice.chance(0.5)) return
        peer.attach(link, { peerReceived })
        if (peer.isOver) return
        if (dice.chance(0.05)) checkRefused(() => peer.machine.attach(link.id, {}, agenda.now))
      })
    }
    return link
  }

  #act(): void {
    const { dice } = this
    const peer = dice.chance(0.5) ? this.alice : this.bob
    if (peer.isOver) return
    const [id, any] = [dice.pick(peer.writable), dice.pick([...peer.tallies.keys()])]
    switch (dice.below(12)) {
      case 0:
        return void this.#connect()
      case 1:
        return this.#cut(dice.pick(this.#links))
      case 2:
        return peer.open()
      case 3:
        return id === undefined ? undefined : peer.end(id)
      case 4:
        return id === undefined || dice.chance(0.5) ? undefined : peer.reset(id)
      case 5:
        return any === undefined ? undefined : peer.stall(any, dice.chance(0.5))
      case 6:
        if (dice.chance(0.2)) this.#connect()
        return void this.#connect()
      case 7:
        return dice.chance(0.9) ? undefined : peer.detach(dice.pick([...peer.paths]) ?? 0)
      default:
        return id === undefined ? undefined : peer.write(id, 1 + dice.below(dice.pick([40, 2000, 90_000]) ?? 40))
    }
  }

  /** Breaks a path; each end may learn of it, or find out by itself. */
  #cut(link: Link | undefined): void {
    link?.cut()
    for (const peer of this.#peers) {
      if (link !== undefined && this.dice.chance(0.5)) {
        this.agenda.after(this.dice.below(500), () => peer.detach(link.id))
      }
    }
  }

  #breakAll(): void {
    const brokenAt = this.agenda.now
    for (const link of this.#links) this.#cut(link)
    for (const peer of this.#peers) {
      for (const id of peer.writable) peer.write(id, 1)
      this.agenda.at(brokenAt + RESUME_MS + 20_000, () => check(peer.isOver, 'not over in time'))
    }
  }

  /** Makes an end of everything: a path, readers that read, streams that end. */
  #heal(): void {
    this.agenda.after(1, () => {
      for (const peer of this.#peers) {
        for (const id of peer.tallies.keys()) peer.stall(id, false)
        for (const id of peer.writable) peer.end(id)
      }
    })
    this.agenda.after(1000, () => this.#closeWhenRead())
    this.#keepConnected()
  }

  #keepConnected(): void {
    if (this.#peers.some(({ isOver }) => isOver)) return
    if (this.#peers.some(({ machine }) => machine.path === undefined)) this.#connect()
    this.agenda.after(1000, () => this.#keepConnected())
  }

  #closeWhenRead(): void {
    if (this.#peers.some(({ isOver }) => isOver)) return
    // An abort may still wait for its path.
    let unread = this.#peers.reduce((sum, { machine }) => sum + machine.usage.streams, 0)
    for (const peer of this.#peers) {
      for (const [id, tally] of peer.tallies) {
        if (tally.isStalled) peer.stall(id, false)
        if (!tally.isEnded && !tally.isReset) peer.end(id)
        if (!tally.isEndRead && !tally.isReset) unread++
      }
    }
    if (unread === 0) {
      if (this.dice.chance(0.7)) this.alice.close()
      if (this.dice.chance(0.7)) this.bob.close()
      else this.alice.close()
    } else this.agenda.after(1000, () => this.#closeWhenRead())
  }

  #describe(): string {
    const tallies = this.#peers.map((peer) => [...peer.tallies])
    const machines = this.#peers.map(({ machine }) => [machine.path, machine.usage])
    return JSON.stringify([this.agenda.now, machines, tallies])
  }

  #checkDelivered(): void {
    for (const { isOver, error, tallies, other, machine } of this.#peers) {
      check(isOver && error === undefined, `over: ${isOver}, ${error}; the other: ${other.error}`)
      for (const [id, { read, isReset }] of tallies) {
        const sent = other.tallies.get(id)
        const isAborted = isReset || sent?.isReset // The abort itself may have come too late.
        check(isAborted || read === sent?.written, `stream ${id}: ${read} bytes of ${sent?.written}`)
      }
      const { resendBytes, unreadBytes } = machine.usage
      const left = resendBytes + unreadBytes
      check(left === 0, `${left} bytes are left`)
      check(machine.wakeAt === Infinity, `wakes at ${machine.wakeAt}`)
    }
  }

  #checkLost(): void {
    for (const { error, machine } of this.#peers) {
      check(error?.code === 'SESSION_LOST', `over: ${error}`)
      check(machine.wakeAt === Infinity, `wakes at ${machine.wakeAt}`)
    }
  }
}

/** A path that is attached already changes nothing. */
function checkRefused(attach: () => unknown): void {
  try {
    attach()
  } catch {
    return
  }
  check(false, 'a path was attached twice')
}

/** As `expect`, which a hundred thousand schedules cannot afford. */
function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}
