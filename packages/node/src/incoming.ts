import type { TcpConnection } from '@p2pd/netif'
import { Acceptor } from './acceptor.ts'
import { dialBack } from './dial-back.ts'
import type { Message } from './message.ts'
import type { Path } from './path.ts'
import type { Race } from './race.ts'
import type { Runtime } from './runtime.ts'
import { callKey, SeenCalls } from './seen-calls.ts'

/** What becomes of calls from others. */
export interface IncomingOptions {
  readonly runtime: Runtime
  /** Takes the one path of a call: its caller is proved and has nominated it. */
  readonly accept: (path: Path) => void
}

/** The answering side of calls: incoming connections, and this side's part of what offers ask for. One path comes of each call. */
export class Incoming {
  readonly #options: IncomingOptions
  readonly #acceptor: Acceptor
  readonly #dialBacks = new Map<string, Race<Path>>()
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

  /** Does this side's part of an offer, once. */
  async takePart(from: Uint8Array, offer: Message): Promise<void> {
    const key = callKey(from, offer.connectionId)
    if (!offer.strategies.includes('reverse') || !this.#offers.add(key)) return
    const race = await dialBack(this.#options.runtime, from, offer)
    this.#dialBacks.set(key, race)
    if (this.#closed) race.stop('the node was closed')
    const path = await race.finished
    this.#dialBacks.delete(key)
    if (path !== undefined) this.#accept(path, offer.connectionId)
  }

  close(): void {
    this.#closed = true
    for (const race of this.#dialBacks.values()) race.stop('the node was closed')
    this.#acceptor.close()
  }

  #accept(path: Path, connectionId: Uint8Array): void {
    const key = callKey(path.peer, connectionId)
    this.#dialBacks.get(key)?.stop('the caller chose another path')
    if (!this.#closed && this.#accepted.add(key)) this.#options.accept(path)
    else path.stream.destroy()
  }
}
