import { scopeOf } from '@p2pd/netif'
import { Acceptor } from './acceptor.ts'
import { formatAddress } from './address.ts'
import { Call, CALL_TIMEOUT_MS, type Callee, type CallOptions } from './call.ts'
import { dialBack } from './dial-back.ts'
import { type Candidate, hostCandidates } from './candidate.ts'
import { EchoProtocol } from './echo.ts'
import { Exchange } from './exchange.ts'
import type { Message } from './message.ts'
import type { Identity } from './identity.ts'
import { type Listening, listenEverywhere } from './listen.ts'
import { NodeError } from './node-error.ts'
import { formatNodeId } from './node-id.ts'
import type { Path } from './path.ts'
import { type Connection, type PeerPipe, peerPipe } from './peer-pipe.ts'
import type { Race } from './race.ts'
import { encodeRecord } from './record.ts'
import { type KnownTarget, resolveName, type ResolveName } from './resolve-name.ts'
import type { Runtime } from './runtime.ts'
import type { Signal } from './signal.ts'
import { callKey, SeenCalls } from './seen-calls.ts'
import { parseTarget } from './target.ts'

/** A running node: reachable by its id, and able to reach others by theirs. */
export interface Node {
  readonly id: string
  /** Where the node can be reached now, signed. LAN addresses are in it only when the node publishes them. */
  address(): Promise<string>
  /** Resolves when the node can be called by its id; `NODE_NO_BROKER` says which broker has which fault. */
  ready(): Promise<void>
  /** Listens for incoming pipes; returns what stops it. A pipe that nobody listens for is closed. */
  onPipe(listener: (pipe: PeerPipe) => void): () => void
  /** Connects to a node id, an address, a contact, a domain or `self`. Fails with a `NodeError` that carries the report. */
  connect(target: string, options?: CallOptions): Promise<PeerPipe>
  /** Ends every pipe, call and listener. */
  close(): Promise<void>
}

/** What a node is made of and how it behaves. */
export interface NodeOptions {
  readonly identity: Identity
  readonly runtime: Runtime
  /** Without signalling only addresses can be called. @default undefined */
  readonly signal?: Signal | undefined
  /** TCP port; 0 lets the system choose. @default 0 */
  readonly port?: number | undefined
  /** Serves incoming pipes with the echo protocol. @default false */
  readonly echo?: boolean | undefined
  /** Puts private addresses into `address()`, not only global ones. @default true */
  readonly publishLan?: boolean | undefined
  /** Looks up contacts and domains. @default nothing does: ids and addresses alone can be called */
  readonly names?: ResolveName | undefined
}

/** Starts a node on the given runtime. */
export async function createNode(options: NodeOptions): Promise<Node> {
  const node = new RunningNode(options)
  await node.listen()
  return node
}

class RunningNode implements Node {
  readonly id: string
  readonly #options: NodeOptions
  readonly #acceptor: Acceptor
  readonly #exchange: Exchange | undefined
  readonly #listeners = new Set<(pipe: PeerPipe) => void>()
  readonly #pipes = new Set<PeerPipe>()
  readonly #calls = new Set<Call>()
  readonly #dialBacks = new Map<string, Race<Path>>()
  readonly #offers = new SeenCalls()
  readonly #accepted = new SeenCalls()
  readonly #over = new AbortController()
  #closed = false
  #listening: Listening | undefined

  constructor(options: NodeOptions) {
    const { identity, runtime, signal } = options
    this.id = identity.id
    this.#options = options
    this.#acceptor = new Acceptor({
      runtime,
      accept: (path, connectionId) => this.#accept(path, connectionId),
    })
    this.#exchange =
      signal &&
      new Exchange({
        signal,
        clock: runtime.clock,
        candidates: () => this.#candidates(),
        onOffer: (from, offer) => {
          this.#takePart(from, offer).catch((error: Error) =>
            runtime.log?.('offer-failed', { reason: error.message }),
          )
        },
        log: runtime.log,
      })
  }

  async listen(): Promise<void> {
    const { runtime, port } = this.#options
    this.#listening = await listenEverywhere(
      runtime.network,
      port ?? 0,
      (connection) => void this.#acceptor.receive(connection),
    )
    void this.#publishRecord()
  }

  async address(): Promise<string> {
    const { identity, runtime } = this.#options
    const issuedAt = Math.floor(runtime.wallClock() / 1000)
    return formatAddress(identity, { issuedAt, candidates: await this.#publishedCandidates() })
  }

  async ready(): Promise<void> {
    const { signal } = this.#options
    if (signal === undefined) throw noBrokerConfigured()
    try {
      await signal.ready()
    } catch (cause) {
      throw new NodeError(
        'NODE_NO_BROKER',
        `${(cause as Error).message}; start a broker, or name another in the servers file`,
        { cause },
      )
    }
  }

  onPipe(listener: (pipe: PeerPipe) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async connect(target: string, options: CallOptions = {}): Promise<PeerPipe> {
    if (this.#closed) throw new NodeError('NODE_CLOSED', 'the node is closed')
    const { identity, runtime } = this.#options
    const startedAt = runtime.clock.now()
    const parsed = parseTarget(target, runtime.verify)
    const callee = this.#callee(parsed.type === 'name' ? await this.#lookUp(parsed.name, options) : parsed)
    const isSelf = formatNodeId(callee.publicKey) === identity.id
    const exchange = isSelf ? undefined : this.#exchange
    if (exchange === undefined && callee.candidates.length === 0) throw noBrokerConfigured()
    const onDialledBack: Acceptor['onDialledBack'] = (id, listener) =>
      this.#acceptor.onDialledBack(id, listener)
    const call = new Call({ runtime, port: this.#port, startedAt, exchange, onDialledBack }, callee, options)
    this.#calls.add(call)
    try {
      const { path, ...connection } = await call.run()
      return this.#keep(this.#pipe(path, connection))
    } finally {
      this.#calls.delete(call)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#over.abort(new NodeError('NODE_CLOSED', 'the node was closed'))
    for (const call of this.#calls) call.stop(new NodeError('NODE_CLOSED', 'the node was closed'))
    for (const race of this.#dialBacks.values()) race.stop('the node was closed')
    this.#acceptor.close()
    this.#exchange?.close()
    await this.#listening?.close()
    await Promise.all([...this.#pipes].map((pipe) => pipe.close()))
    await this.#options.signal?.close()
  }

  get #port(): number {
    return this.#listening?.port ?? 0
  }

  #lookUp(
    name: string,
    { timeoutMs = CALL_TIMEOUT_MS, signal = this.#over.signal }: CallOptions,
  ): Promise<KnownTarget> {
    const { names, runtime } = this.#options
    const ending = AbortSignal.any([signal, this.#over.signal])
    return resolveName(name, { ...runtime, names, timeoutMs, signal: ending })
  }

  #callee(target: KnownTarget): Callee {
    const { identity } = this.#options
    const callee = calleeOf(target)
    if (callee !== undefined && formatNodeId(callee.publicKey) !== identity.id) return callee
    const loopback: Candidate[] = ['127.0.0.1', '::1'].map((ip) => ({ kind: 'host', ip, port: this.#port }))
    return { publicKey: identity.publicKey, candidates: loopback }
  }

  /** For a peer alone, sealed. */
  async #candidates(): Promise<Candidate[]> {
    return hostCandidates(await this.#options.runtime.network.interfaces(), this.#port)
  }

  /** For everyone who has the address or the id: without loopback, unless there is nothing else. */
  async #publishedCandidates(): Promise<Candidate[]> {
    const candidates = await this.#candidates()
    const { publishLan = true } = this.#options
    const published = candidates.filter(
      ({ ip }) => scopeOf(ip) === 'global' || (publishLan && scopeOf(ip) !== 'host'),
    )
    return published.length > 0 || !publishLan ? published : candidates
  }

  /** Leaves word on the brokers where this node is. That none takes it costs callers half a trip, nothing else. */
  async #publishRecord(): Promise<void> {
    const { signal, runtime } = this.#options
    try {
      await signal?.records.publish(encodeRecord(await this.#publishedCandidates()))
    } catch (error) {
      runtime.log?.('record-not-published', { reason: (error as Error).message })
    }
  }

  /** Does this side's part of a peer's offer. */
  async #takePart(from: Uint8Array, offer: Message): Promise<void> {
    const key = callKey(from, offer.connectionId)
    if (!offer.strategies.includes('reverse') || !this.#offers.add(key)) return
    const race = await dialBack(this.#options.runtime, from, offer)
    this.#dialBacks.set(key, race)
    if (this.#closed) race.stop('the node was closed')
    const path = await race.finished
    this.#dialBacks.delete(key)
    if (path !== undefined) this.#accept(path, offer.connectionId)
  }

  #accept(path: Path, connectionId: Uint8Array): void {
    const key = callKey(path.peer, connectionId)
    this.#dialBacks.get(key)?.stop('the caller chose another path')
    const isWanted = !this.#closed && (this.#listeners.size > 0 || this.#options.echo)
    if (!isWanted || !this.#accepted.add(key)) return void path.stream.destroy()
    const pipe = this.#keep(this.#pipe(path, { elapsedMs: 0, report: [] }))
    for (const listener of this.#listeners) listener(pipe)
    if (this.#options.echo) void this.#serveEcho(pipe)
  }

  async #serveEcho(pipe: PeerPipe): Promise<void> {
    const protocol = new EchoProtocol()
    try {
      for await (const { data } of pipe) await pipe.send(protocol.receive(data))
    } catch (error) {
      this.#options.runtime.log?.('echo-ended', { peer: pipe.peer, reason: (error as Error).message })
    } finally {
      await pipe.close()
    }
  }

  #pipe(path: Path, how: Pick<Connection, 'elapsedMs' | 'report'>): PeerPipe {
    return peerPipe(path, how, this.#options.runtime.clock)
  }

  #keep(pipe: PeerPipe): PeerPipe {
    this.#pipes.add(pipe)
    pipe.onClose(() => void this.#pipes.delete(pipe))
    return pipe
  }
}

function noBrokerConfigured(): NodeError {
  return new NodeError(
    'NODE_NO_BROKER',
    'no MQTT broker is configured: name one in the servers file, or give an address instead of an id',
  )
}

/** Whom a target names, or undefined for `self`. */
function calleeOf(target: KnownTarget): Callee | undefined {
  switch (target.type) {
    case 'self':
      return undefined
    case 'id':
      return { publicKey: target.publicKey, candidates: [] }
    case 'address':
      return target.address
  }
}
