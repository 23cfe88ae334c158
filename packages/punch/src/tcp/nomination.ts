import type { Clock, TcpConnection } from '@p2pd/netif'
import type { PunchPlan } from '../plan/plan.ts'
import type { Side } from '../token.ts'
import { encodeGreeting, readGreeting } from './greeting.ts'

/** A connection that says nothing so long is somebody else's: three retransmissions on a slow path. */
const GREETING_MS = 3000
/** Connections that have not shown the token, at most. */
const MAX_PENDING = 32

/** Chooses one of the connections that come up, the same on both sides, and closes the others. RFC 8445 §8.1.1. */
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

  /** Takes a connection; resolves once it has won or is closed. */
  async enter(connection: TcpConnection): Promise<void> {
    const { stream } = connection
    // What goes wrong shows as an end; the peer may reset what it does not want.
    stream.on('error', ignore)
    if (this.#over || this.#pending.size >= MAX_PENDING) return void stream.destroy()
    if (!(await this.#hears(connection)) || !this.#claim(connection)) stream.destroy()
  }

  /** Closes whatever has not won. */
  close(): void {
    this.#end()
  }

  /** Whether the peer is there; on the controlled side: and wants this one. */
  async #hears(connection: TcpConnection): Promise<boolean> {
    const { controlling, confirms } = this.#plan
    if (controlling) return !confirms || this.#hear(connection, 'controlled')
    if (confirms) connection.stream.write(encodeGreeting('controlled', this.#token))
    return this.#hear(connection, 'controlling')
  }

  /** In one go, so that of two that are ready at the same moment one is nominated. */
  #claim(connection: TcpConnection): boolean {
    if (this.#over || connection.stream.destroyed) return false
    this.#end()
    if (this.#plan.controlling) connection.stream.write(encodeGreeting('controlling', this.#token))
    this.#nominated(connection)
    return true
  }

  async #hear(connection: TcpConnection, from: Side): Promise<boolean> {
    const controller = new AbortController()
    this.#pending.set(connection, controller)
    const cancel = this.#clock.at(this.#clock.now() + GREETING_MS, () => controller.abort())
    try {
      return await readGreeting(connection.stream, from, this.#token, controller.signal)
    } finally {
      cancel()
      this.#pending.delete(connection)
    }
  }

  #end(): void {
    this.#over = true
    for (const controller of this.#pending.values()) controller.abort()
  }
}

function ignore(): void {}
