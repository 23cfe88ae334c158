import type { Interface, TcpConnection } from '@p2pd/netif'
import { Call, CALL_TIMEOUT_MS, type Callee, type CallOptions } from './calls/call.ts'
import { prioritized } from './candidates/candidate.ts'
import { type Counter, Counters } from './report/counters.ts'
import { serveEcho } from './pipes/echo.ts'
import { Exchange, noBroker, type Reply } from './signalling/exchange.ts'
import { Incoming } from './calls/answerer.ts'
import { type Listening, listenEverywhere } from './calls/listen.ts'
import type { Message } from './signalling/message.ts'
import type { Node, NodeEvent, NodeOptions } from './node.ts'
import { NodeError } from './node-error.ts'
import { formatNodeId } from './identity/node-id.ts'
import { OpenPipes } from './pipes/open-pipes.ts'
import type { Path } from './pipes/path.ts'
import { PeerMemory } from './strategies/strategy-history.ts'
import type { PeerPipe } from './pipes/peer-pipe.ts'
import { Announcer } from './signalling/announcer.ts'
import { ReflexiveGatherer } from './gathering/reflexive-gatherer.ts'
import { Mutex } from './punching/mutex.ts'
import { type KnownTarget, resolveName } from './naming/resolve-name.ts'
import type { BrokerState } from './signalling/signal.ts'
import { parseTarget } from './naming/target.ts'

/** A node at work: what its parts do together. */
export class RunningNode implements Node {
  readonly id: string
  readonly #options: NodeOptions
  readonly #incoming: Incoming
  readonly #pipes: OpenPipes
  readonly #exchange: Exchange | undefined
  readonly #listeners = new Set<(event: NodeEvent) => void>()
  readonly #calls = new Set<Call>()
  readonly #over = new AbortController()
  readonly #gatherer: ReflexiveGatherer
  readonly #memory: PeerMemory
  readonly #birthdays = new Mutex()
  readonly #counters = new Counters()
  #interfaces: readonly Interface[] = []
  #listening: Listening | undefined
  #announcer: Announcer | undefined

  constructor(options: NodeOptions) {
    const { identity, runtime, signal, stun = [] } = options
    const { clock, wallClock, log } = runtime
    this.id = identity.id
    this.#options = options
    this.#pipes = new OpenPipes(clock)
    this.#memory = new PeerMemory(clock)
    const onChange = () => void this.#announcer?.publish()
    this.#gatherer = new ReflexiveGatherer({ runtime, servers: signal === undefined ? [] : stun, onChange })
    const accept = (path: Path) => this.#accept(path)
    const interfaces = () => this.#interfaces
    const [gatherer, birthdays] = [this.#gatherer, this.#birthdays]
    this.#incoming = new Incoming({ runtime, interfaces, gatherer, birthdays, accept })
    const onOffer = (from: Uint8Array, offer: Message) => this.#onOffer(from, offer)
    signal?.onBroker?.((broker) => this.#onBroker(broker))
    this.#exchange = signal && new Exchange({ signal, clock, wallClock, onOffer, log })
  }

  async listen(): Promise<void> {
    const { port = 0, ...options } = this.#options
    const receive = (connection: TcpConnection) => this.#incoming.receive(connection)
    this.#listening = await listenEverywhere(options.runtime.network, port, receive)
    const onChange = (interfaces: readonly Interface[]) => this.#onNetworkChange(interfaces)
    this.#interfaces = await options.runtime.network.interfaces()
    const interfaces = () => this.#interfaces
    const gatherer = this.#gatherer
    this.#announcer = new Announcer({
      ...options,
      interfaces,
      port: this.#listening.port,
      gatherer,
      onChange,
    })
    this.#announcer.start()
    this.#gatherer.gather(this.#interfaces)
  }

  async address(): Promise<string> {
    if (this.#announcer === undefined) throw new NodeError('NODE_CLOSED', 'the node is not listening')
    return this.#announcer.address()
  }

  async ready(): Promise<void> {
    const { signal } = this.#options
    if (signal === undefined) throw noBrokerConfigured()
    try {
      await Promise.all([signal.ready(), this.#gatherer.ready()])
    } catch (cause) {
      throw noBroker(cause as Error)
    }
  }

  onPipe(listener: (pipe: PeerPipe) => void): () => void {
    return this.onEvent((event) => {
      if (event.type === 'pipe') listener(event.pipe)
    })
  }

  onEvent(listener: (event: NodeEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async connect(target: string, options: CallOptions = {}): Promise<PeerPipe> {
    if (this.#over.signal.aborted) throw new NodeError('NODE_CLOSED', 'the node is closed')
    const { runtime } = this.#options
    const startedAt = runtime.clock.now()
    const parsed = parseTarget(target, runtime.verify)
    const callee = this.#callee(parsed.type === 'name' ? await this.#lookUp(parsed.name, options) : parsed)
    const exchange = formatNodeId(callee.publicKey) === this.id ? undefined : this.#exchange
    if (exchange === undefined && callee.candidates.length === 0) throw noBrokerConfigured()
    const onDialledBack: Incoming['onDialledBack'] = (id, take) => this.#incoming.onDialledBack(id, take)
    const shared = { runtime, gatherer: this.#gatherer, memory: this.#memory, birthdays: this.#birthdays }
    const known = { interfaces: this.#interfaces, candidates: this.#announcer?.candidates() ?? [] }
    const caller = { ...shared, ...known, startedAt, exchange, onDialledBack }
    const call = new Call(caller, callee, options)
    this.#calls.add(call)
    try {
      const { path, ...connection } = await call.run()
      if (this.#over.signal.aborted) {
        path.stream.destroy()
        throw this.#over.signal.reason as NodeError
      }
      this.#counters.count('calls', { outcome: 'connected' })
      return this.#open(path, connection, 'out')
    } catch (error) {
      this.#counters.count('calls', { outcome: error instanceof NodeError ? error.code : 'error' })
      throw error
    } finally {
      this.#calls.delete(call)
      for (const { strategy, outcome } of call.report) this.#counters.count('attempts', { strategy, outcome })
      this.#emit({ type: 'report', peer: formatNodeId(callee.publicKey), report: call.report })
    }
  }

  counters(): readonly Counter[] {
    return this.#counters.list()
  }

  async close(): Promise<void> {
    const fault = new NodeError('NODE_CLOSED', 'the node was closed')
    this.#over.abort(fault)
    for (const call of this.#calls) call.stop(fault)
    this.#incoming.close()
    this.#gatherer.close()
    this.#exchange?.close()
    await this.#announcer?.close()
    await this.#listening?.close()
    await this.#pipes.close()
    await this.#options.signal?.close()
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
    const port = this.#listening?.port ?? 0
    const loopback = ['127.0.0.1', '::1'].map((ip) => ({ kind: 'host', ip, port }) as const)
    return { publicKey: identity.publicKey, candidates: prioritized(loopback) }
  }

  /**
   * Two nodes that call each other at once: the call of the smaller id stands, so that there is one pipe. The
   * smaller leaves the other's offer alone; the larger takes the smaller's call for its own.
   */
  #onOffer(from: Uint8Array, offer: Message): Promise<Reply> | undefined {
    const ours = this.#callTo(from)
    if (ours !== undefined && this.id < formatNodeId(from)) return undefined
    ours?.yieldToPeer()
    this.#counters.count('offers', { attempt: String(offer.punch?.attempt ?? 0) })
    return this.#reply(from, offer)
  }

  async #reply(from: Uint8Array, offer: Message): Promise<Reply> {
    const sides = await this.#incoming.takePart(from, offer)
    return { candidates: this.#announcer?.candidates() ?? [], sides }
  }

  #accept(path: Path): void {
    const call = this.id > formatNodeId(path.peer) ? this.#callTo(path.peer) : undefined
    if (call?.adopt(path)) return
    if (this.#listeners.size === 0 && !this.#options.echo) return void path.stream.destroy()
    const pipe = this.#open(path, { elapsedMs: 0, report: [] }, 'in')
    this.#emit({ type: 'pipe', pipe })
    if (this.#options.echo) void serveEcho(pipe, this.#options.runtime.log)
  }

  #open(path: Path, how: Parameters<OpenPipes['open']>[1], direction: 'in' | 'out'): PeerPipe {
    this.#counters.count('pipes', { direction, strategy: path.strategy })
    return this.#pipes.open(path, how)
  }

  #callTo(peer: Uint8Array): Call | undefined {
    return [...this.#calls].find((call) => call.isTo(peer))
  }

  #onNetworkChange(interfaces: readonly Interface[]): void {
    this.#interfaces = interfaces
    const ips = addressesOf(interfaces)
    this.#pipes.endLost(ips)
    this.#options.signal?.networkChanged?.([...ips])
    this.#memory.clear()
    this.#gatherer.gather(interfaces)
    this.#emit({ type: 'network-changed', interfaces })
  }

  #onBroker({ url, state, reason }: BrokerState): void {
    if (state === 'connecting') return
    this.#emit({ type: `broker-${state}`, url, ...(reason !== undefined && { reason }) })
  }

  #emit(event: NodeEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        // A program's mistake must neither be lost nor break off what the node is doing.
        console.error(`a listener for "${event.type}" of the node threw:`, error)
      }
    }
  }
}

/** The addresses that can be used now. */
function addressesOf(interfaces: readonly Interface[]): ReadonlySet<string> {
  return new Set(interfaces.filter((nic) => nic.up).flatMap((nic) => nic.addresses.map(({ ip }) => ip)))
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
