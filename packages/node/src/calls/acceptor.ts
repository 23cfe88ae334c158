import { type ByteStream, type Clock, formatTransportAddress, type TcpConnection, within } from '@p2pd/netif'
import type { RelayPolicy } from '../relays/relay-policy.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { refuseNomination, readNomination } from '../handshake/nomination.ts'
import { ReplyCode } from '../handshake/nomination-frame.ts'
import { NodeError } from '../node-error.ts'
import type { NominatedPath } from '../pipes/path.ts'
import { readOpening } from '../handshake/preamble.ts'
import { NOMINATION_TIMEOUT_MS } from '../handshake/time-limits.ts'
import type { Runtime } from '../runtime/runtime.ts'

/** The parts an acceptor works with. */
export interface AcceptorOptions {
  readonly runtime: Runtime
  /** With `only` no caller connects directly. @default 'last' */
  readonly relay?: RelayPolicy | undefined
  /** Takes a path whose caller is proved and has nominated it. */
  readonly accept: (path: NominatedPath) => void
}

/** Connections that are not nominated yet, at most: a flood costs no more memory than these. */
const MAX_PENDING = 256
/** The part of the file descriptors that these may take: the others are for brokers, STUN servers, calls and pipes. */
const DESCRIPTOR_SHARE = 1 / 4

/** Time for the handshakes that are under way when the node closes. */
const CLOSE_MS = 1000

/** Takes incoming TCP connections through authentication and nomination, or to the call that waits for them. */
export class Acceptor {
  readonly #options: AcceptorOptions
  readonly #pending = new Set<AbortController>()
  /** Those of them that have begun a handshake, until their caller has nominated them or knows that it may not. */
  readonly #handshakes = new Map<AbortController, Promise<void>>()
  #isClosing = false
  readonly #dialledBack = new Map<string, (connection: TcpConnection) => void>()

  constructor(options: AcceptorOptions) {
    this.#options = options
  }

  /** Takes the connections by which a peer dials back for one call; returns what stops it. */
  onDialledBack(connectionId: Uint8Array, listener: (connection: TcpConnection) => void): () => void {
    this.#dialledBack.set(connectionId.join(), listener)
    return () => void this.#dialledBack.delete(connectionId.join())
  }

  /** Hands the connection on, or closes it. */
  async receive(connection: TcpConnection): Promise<void> {
    const pending = new AbortController()
    try {
      this.#makeRoom()
      this.#pending.add(pending)
      const { clock } = this.#options.runtime
      const deadline = {
        clock,
        timeoutMs: NOMINATION_TIMEOUT_MS,
        what: 'the handshake',
        signal: pending.signal,
      }
      await withDeadline(deadline, async (signal) => {
        const opening = await readOpening(connection.stream, signal)
        if (opening.type === 'dialled-back') return this.#handOver(connection, opening.connectionId)
        const handshake = this.#authenticate(connection, signal)
        this.#handshakes.set(pending, handshake)
        await handshake
      })
    } catch (error) {
      connection.stream.destroy()
      const remote = formatTransportAddress(connection.remote)
      this.#options.runtime.log?.('connection-refused', { remote, reason: (error as Error).message })
    } finally {
      this.#pending.delete(pending)
      this.#handshakes.delete(pending)
    }
  }

  /**
   * Takes no further connection. A caller may have nominated one before this end has authenticated it, and has its pipe: it
   * gets the reply that there is no session. A connection that just closed would have it search for another path.
   */
  async close(): Promise<void> {
    this.#isClosing = true
    const end = (pending: AbortController) =>
      pending.abort(new NodeError('NODE_CLOSED', 'the node was closed'))
    for (const pending of this.#pending) if (!this.#handshakes.has(pending)) end(pending)
    const handshakes = Promise.allSettled(this.#handshakes.values())
    await within(this.#options.runtime.clock, handshakes, CLOSE_MS)
    for (const pending of this.#pending) end(pending)
  }

  /** The longest silent goes first: a hoard of connections that say nothing must not keep callers out. */
  #makeRoom(): void {
    const [oldest] = this.#pending
    const limit = this.#maxPending
    if (oldest === undefined || this.#pending.size < limit) return
    this.#pending.delete(oldest)
    oldest.abort(new NodeError('NODE_BUSY', `${limit} later connections are in handshakes`))
  }

  get #maxPending(): number {
    const { maxDescriptors = Number.POSITIVE_INFINITY } = this.#options.runtime
    return Math.min(MAX_PENDING, Math.ceil(maxDescriptors * DESCRIPTOR_SHARE))
  }

  #handOver(connection: TcpConnection, connectionId: Uint8Array): void {
    const waiting = this.#dialledBack.get(connectionId.join())
    if (waiting === undefined) throw new NodeError('NODE_CLOSED', 'no call waits for this connection')
    waiting(connection)
  }

  async #authenticate({ stream, local, remote }: TcpConnection, signal: AbortSignal): Promise<void> {
    const { runtime, accept, relay } = this.#options
    if (relay === 'only') throw new NodeError('NODE_BAD_OPTION', 'relay "only": callers come by a relay')
    const secured = await runtime.secure(stream, { role: 'server', signal })
    const nomination = await readNomination(secured.stream, signal)
    if (this.#isClosing) return refused(secured.stream, runtime.clock)
    accept({ ...secured, strategy: 'direct', local, remote, nomination })
  }
}

/** Replies that there is no session; resolves when the caller has closed its end, or a second has passed. */
function refused(stream: ByteStream, clock: Clock): Promise<void> {
  const closed = new Promise<void>((resolve) => stream.once('close', resolve))
  refuseNomination(stream, clock, ReplyCode.UnknownSession)
  return closed
}
