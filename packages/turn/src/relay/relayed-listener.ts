import {
  type ByteStream,
  familyOf,
  type TcpConnection,
  type TcpListener,
  type TransportAddress,
} from '@p2pd/netif'
import { TurnError } from '../turn-error.ts'
import { bindDataConnection } from './data-connection.ts'
import type { Established } from './establish.ts'
import { NonceProof } from './nonce-proof.ts'
import { PendingConnects } from './pending-connects.ts'
import { SpareConnection } from './spare-connection.ts'
import { StandingRelay } from './standing-relay.ts'
import type { AllocateOptions, RelayChange, TurnPorts } from './turn-ports.ts'

/** A TCP listener whose address is on a TURN server. RFC 6062. */
export interface RelayedListener extends TcpListener {
  /** The relayed address, which changes when the allocation is made anew. */
  readonly local: TransportAddress
  /** All relayed addresses: one of each family with `families: 'both'`. */
  readonly relayed: readonly TransportAddress[]
  readonly server: TransportAddress
  /** Lets a host connect; resolves to whether the server does. It resets the connections of all others. RFC 6062 §5.3. */
  permit(ip: string): Promise<boolean>
  /** Has the server connect to a peer, from the relayed address. Rejects with `TURN_CLOSED` after the end. RFC 6062 §4.3. */
  dial(remote: TransportAddress, signal?: AbortSignal): Promise<TcpConnection>
  /** Listens for changes of the relay; returns what stops it. */
  onChange(listener: (change: RelayChange) => void): () => void
  /**
   * Stops listening. The allocation is given back when the last connection has ended, as the server closes them with it;
   * resolves then.
   */
  close(): Promise<void>
  /** Gives the allocation back at once; the server closes the connections. */
  release(): Promise<void>
}

/**
 * Allocates a relayed TCP listener on a server that is reached by TCP or TLS. Rejects like `allocate`, with
 * `TURN_UNSUPPORTED` when the server relays UDP only. RFC 6062 §4.1.
 */
export async function allocateTcp(ports: TurnPorts, options: AllocateOptions): Promise<RelayedListener> {
  try {
    return new RelayedTcpListener(ports, await StandingRelay.open(ports, options, 'tcp'))
  } catch (error) {
    // coturn answers 400 to a transport that it does not relay, other servers 442.
    if (!(error instanceof TurnError && error.errorCode === 400)) throw error
    throw new TurnError('TURN_UNSUPPORTED', error.message, { cause: error, errorCode: 400 })
  }
}

class RelayedTcpListener implements RelayedListener {
  readonly #ports: TurnPorts
  readonly #relay: StandingRelay
  readonly #listeners = new Set<(connection: TcpConnection) => void>()
  readonly #streams = new Set<ByteStream>()
  readonly #connects: PendingConnects
  readonly #proof: NonceProof
  readonly #spare: SpareConnection
  /** Ends data connections that are being bound. */
  readonly #closing = new AbortController()
  #isListening = true
  #resolveIdle = () => {}

  constructor(ports: TurnPorts, relay: StandingRelay) {
    this.#ports = ports
    this.#relay = relay
    this.#connects = new PendingConnects()
    this.#proof = new NonceProof(ports.clock)
    this.#spare = new SpareConnection(ports)
    relay.onReport((report) => {
      if (report.type === 'connection-attempt') void this.#accept(report.id, report.peer)
      if (report.type === 'refreshed') this.#proof.refreshed()
      if (report.type === 'connected') this.#connects.connected(report.peer, report.id)
      if (report.type === 'connect-failed') this.#connects.failed(report.peer, report.error)
    })
    relay.onChange((change) => {
      if (change.type !== 'lost') return
      this.#proof.refreshed()
      this.#connects.failAll(new TurnError('TURN_LOST', change.reason))
    })
  }

  get local(): TransportAddress {
    return this.relayed[0] ?? { ip: '0.0.0.0', port: 0 }
  }

  get relayed(): readonly TransportAddress[] {
    return this.#relay.relayed
  }

  get server(): TransportAddress {
    return this.#relay.current.served.target.server
  }

  permit(ip: string): Promise<boolean> {
    if (this.#relay.isOpen && this.#isListening) this.#spare.prepare(this.#relay.current.served.target)
    return this.#relay.permit(ip)
  }

  onChange(listener: (change: RelayChange) => void): () => void {
    return this.#relay.onChange(listener)
  }

  onConnection(listener: (connection: TcpConnection) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async dial(remote: TransportAddress, signal?: AbortSignal): Promise<TcpConnection> {
    if (!this.#relay.isOpen) throw new TurnError('TURN_CLOSED', 'the relay is closed')
    const { current } = this.#relay
    const connected = this.#connects.wait(remote, signal)
    current.served.connect(remote)
    this.#spare.prepare(current.served.target)
    return this.#bind(current, await connected, remote, signal)
  }

  async close(): Promise<void> {
    this.#isListening = false
    this.#listeners.clear()
    this.#spare.close()
    if (this.#streams.size > 0 && this.#relay.isOpen) {
      await new Promise<void>((resolve) => {
        this.#resolveIdle = resolve
      })
    }
    await this.release()
  }

  async release(): Promise<void> {
    this.#isListening = false
    const closed = new TurnError('TURN_CLOSED', 'the relay is closed')
    this.#closing.abort(closed)
    this.#connects.failAll(closed)
    this.#spare.close()
    await this.#relay.close()
    this.#resolveIdle()
  }

  /** A connection that cannot be bound is lost: the peer sees it reset, and dials again. */
  async #accept(id: Uint8Array, peer: TransportAddress): Promise<void> {
    if (!this.#isListening || this.#listeners.size === 0) return
    const { current } = this.#relay
    try {
      await this.#proof.wait(current.served)
      const connection = await this.#bind(current, id, peer)
      if (!this.#isListening) return void connection.stream.destroy()
      for (const listener of this.#listeners) listener(connection)
    } catch {
      // Nobody waits for this connection on this side.
    }
  }

  async #bind(
    established: Established,
    id: Uint8Array,
    remote: TransportAddress,
    signal?: AbortSignal,
  ): Promise<TcpConnection> {
    const ended = AbortSignal.any([this.#closing.signal, ...(signal ? [signal] : [])])
    const how = { ports: this.#ports, spare: this.#spare, signal: ended }
    const stream = await bindDataConnection(established, id, how)
    this.#streams.add(stream)
    stream.once('close', () => this.#closed(stream))
    const local = this.relayed.find(({ ip }) => familyOf(ip) === familyOf(remote.ip)) ?? this.local
    return { local, remote, stream }
  }

  #closed(stream: ByteStream): void {
    this.#streams.delete(stream)
    if (this.#streams.size === 0) this.#resolveIdle()
  }
}
