import type { Interface, TcpConnection } from '@p2pd/netif'
import { Acceptor } from '../handshake/acceptor.ts'
import { dialBack } from './dial-back.ts'
import type { Message, PunchTerms } from '../signalling/message.ts'
import { NodeError } from '../node-error.ts'
import type { Path } from '../pipes/path.ts'
import { punchBack } from '../punching/punch-back.ts'
import type { ReflexiveGatherer } from '../gathering/reflexive-gatherer.ts'
import type { Mutex } from '../punching/mutex.ts'
import { Race } from '../race/race.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { callKey, SeenCalls } from './seen-calls.ts'

/** What becomes of calls from others. */
export interface IncomingOptions {
  readonly runtime: Runtime
  readonly interfaces: () => readonly Interface[]
  readonly gatherer: Pick<ReflexiveGatherer, 'acquire' | 'giveBack'>
  /** Birthdays of the node: one at a time. */
  readonly birthdays: Mutex
  /** Takes the one path of a call: its caller is proved and has nominated it. */
  readonly accept: (path: Path) => void
}

/** This side's part of one offer, under way. */
interface Part {
  readonly call: string
  readonly race: Race<Path>
  readonly sides: Promise<PunchTerms['sides']>
}

/** Offers taken part in at once: each costs a few sockets for some seconds. */
const MAX_PARTS = 64

/** The answering side of calls: incoming connections, and this side's part of what offers ask for. One path comes of each call. */
export class Incoming {
  readonly #options: IncomingOptions
  readonly #acceptor: Acceptor
  readonly #parts = new Map<string, Part>()
  readonly #offers = new SeenCalls()
  readonly #accepted = new SeenCalls()
  #closed = false

  constructor(options: IncomingOptions) {
    this.#options = options
    const accept = (path: Path, connectionId: Uint8Array) => this.#accept(path, connectionId)
    this.#acceptor = new Acceptor({ runtime: options.runtime, accept })
  }

  receive(connection: TcpConnection): void {
    void this.#acceptor.receive(connection)
  }

  /** Takes the connections by which a peer dials back for a call of ours; returns what stops it. */
  onDialledBack(connectionId: Uint8Array, listener: (connection: TcpConnection) => void): () => void {
    return this.#acceptor.onDialledBack(connectionId, listener)
  }

  /** Does this side's part of an offer, once; gives the sides of punches to answer with. */
  takePart(from: Uint8Array, offer: Message): Promise<PunchTerms['sides']> {
    const call = callKey(from, offer.connectionId)
    const key = `${call} ${offer.punch?.token.join() ?? ''}`
    const part = this.#parts.get(key)
    if (part !== undefined) return part.sides
    if (this.#closed || this.#offers.has(key)) return Promise.resolve([])
    if (this.#parts.size >= MAX_PARTS) {
      return Promise.reject(new NodeError('NODE_BUSY', `${MAX_PARTS} calls are under way`))
    }
    this.#offers.add(key)
    return this.#begin(key, call, from, offer)
  }

  close(): void {
    this.#closed = true
    for (const { race } of this.#parts.values()) race.stop('the node was closed')
    this.#acceptor.close()
  }

  #begin(key: string, call: string, from: Uint8Array, offer: Message): Promise<PunchTerms['sides']> {
    const { runtime, interfaces } = this.#options
    const { clock } = runtime
    const race = new Race<Path>({ clock, startedAt: clock.now(), discard: (path) => path.stream.destroy() })
    const release = race.hold()
    if (offer.strategies.includes('reverse')) dialBack(runtime, interfaces(), race, from, offer)
    const sides = punchBack({ ...this.#options, race }, from, offer)
    this.#parts.set(key, { call, race, sides })
    void sides.then(release, release)
    void race.finished.then((path) => {
      this.#parts.delete(key)
      if (path !== undefined) this.#accept(path, offer.connectionId)
    })
    return sides
  }

  #accept(path: Path, connectionId: Uint8Array): void {
    const key = callKey(path.peer, connectionId)
    for (const { call, race } of this.#parts.values()) {
      if (call === key) race.stop('the caller chose another path')
    }
    if (!this.#closed && this.#accepted.add(key)) this.#options.accept(path)
    else path.stream.destroy()
  }
}
