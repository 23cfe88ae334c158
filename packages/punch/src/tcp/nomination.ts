import { type Clock, type TcpConnection, withDeadline } from '@p2pd/netif'
import type { PunchPlan } from '../plan/plan.ts'
import type { Side } from '../token.ts'
import { encodeGreeting, readGreeting } from './greeting.ts'

/** A connection without a greeting for so long is a stranger's: time for three retransmissions on a slow path. */
const GREETING_MS = 3000
/** The most connections that have not shown the token. */
const MAX_PENDING = 32

/** Nominates one of the connections that come up, the same on both sides, and closes the others. RFC 8445 §8.1.1. */
export class Nomination {
  readonly #plan: PunchPlan
  readonly #token: Uint8Array
  readonly #clock: Clock
  readonly #nominated: (connection: TcpConnection) => void
  readonly #pending = new Map<TcpConnection, AbortController>()
  #over = false

  constructor(
    plan: PunchPlan,
    token: Uint8Array,
    clock: Clock,
    nominated: (connection: TcpConnection) => void,
  ) {
    this.#plan = plan
    this.#token = token
    this.#clock = clock
    this.#nominated = nominated
  }

  /** Takes a connection; resolves once it is nominated or closed. */
  async enter(connection: TcpConnection): Promise<void> {
    const { stream } = connection
    // `close` follows an error; the peer may reset the connections that it does not keep.
    stream.on('error', ignore)
    if (this.#over || this.#pending.size >= MAX_PENDING) return void stream.destroy()
    if (!(await this.#isPeer(connection)) || !this.#claim(connection)) stream.destroy()
  }

  /** Closes every connection that is not nominated. */
  close(): void {
    this.#end()
  }

  /** Whether the peer is at the other end; on the controlled side, whether it nominates this connection. */
  async #isPeer(connection: TcpConnection): Promise<boolean> {
    const { controlling, confirms } = this.#plan
    if (controlling) return !confirms || this.#receiveGreeting(connection, 'controlled')
    if (confirms) connection.stream.write(encodeGreeting('controlled', this.#token))
    return this.#receiveGreeting(connection, 'controlling')
  }

  /** Synchronous, so that of two connections that are ready at the same moment one is nominated. */
  #claim(connection: TcpConnection): boolean {
    if (this.#over || connection.stream.destroyed) return false
    this.#end()
    if (this.#plan.controlling) connection.stream.write(encodeGreeting('controlling', this.#token))
    this.#nominated(connection)
    return true
  }

  async #receiveGreeting(connection: TcpConnection, from: Side): Promise<boolean> {
    const controller = new AbortController()
    this.#pending.set(connection, controller)
    const deadline = { clock: this.#clock, timeoutMs: GREETING_MS, signal: controller.signal }
    try {
      return await withDeadline(deadline, (signal) =>
        readGreeting(connection.stream, from, this.#token, signal),
      )
    } finally {
      this.#pending.delete(connection)
    }
  }

  #end(): void {
    this.#over = true
    for (const controller of this.#pending.values()) controller.abort()
  }
}

function ignore(): void {}
