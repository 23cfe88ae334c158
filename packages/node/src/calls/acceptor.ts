import { formatTransportAddress, type TcpConnection } from '@p2pd/netif'
import type { RelayPolicy } from '../candidates/relay-policy.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { readNomination } from '../handshake/nomination.ts'
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

/** Takes incoming TCP connections through authentication and nomination, or to the call that waits for them. */
export class Acceptor {
  readonly #options: AcceptorOptions
  readonly #pending = new Set<AbortController>()
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
      await withDeadline(deadline, (signal) => this.#open(connection, signal))
    } catch (error) {
      connection.stream.destroy()
      const remote = formatTransportAddress(connection.remote)
      this.#options.runtime.log?.('connection-refused', { remote, reason: (error as Error).message })
    } finally {
      this.#pending.delete(pending)
    }
  }

  close(): void {
    for (const pending of this.#pending) pending.abort(new NodeError('NODE_CLOSED', 'the node was closed'))
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

  async #open(connection: TcpConnection, signal: AbortSignal): Promise<void> {
    const { runtime, accept, relay } = this.#options
    const { stream, local, remote } = connection
    const opening = await readOpening(stream, signal)
    if (opening.type === 'dialled-back') {
      const waiting = this.#dialledBack.get(opening.connectionId.join())
      if (waiting === undefined) throw new NodeError('NODE_CLOSED', 'no call waits for this connection')
      return waiting(connection)
    }
    if (relay === 'only') throw new NodeError('NODE_BAD_OPTION', 'relay "only": callers come by a relay')
    const secured = await runtime.secure(stream, { role: 'server', signal })
    const nomination = await readNomination(secured.stream, signal)
    accept({ ...secured, strategy: 'direct', local, remote, nomination })
  }
}
