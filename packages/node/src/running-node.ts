import type { Interface } from '@p2pd/netif'
import { Answerer } from './calls/answerer.ts'
import { Call, CALL_TIMEOUT_MS, type Callee, type CallOptions } from './calls/call.ts'
import type { Listening } from './calls/listen.ts'
import { OutgoingCalls } from './calls/outgoing-calls.ts'
import { type Candidate, prioritized } from './candidates/candidate.ts'
import { HostGatherer } from './gathering/host-gatherer.ts'
import type { MapUdpPort } from './gathering/mapped-side.ts'
import { PortMappingGatherer } from './gathering/port-mapping-gatherer.ts'
import { type InterfaceNat, ReflexiveGatherer } from './gathering/reflexive-gatherer.ts'
import { Acceptor } from './calls/acceptor.ts'
import { checkService } from './handshake/nomination.ts'
import { formatNodeId } from './identity/node-id.ts'
import { type KnownTarget, resolveName } from './naming/resolve-name.ts'
import { parseTarget } from './naming/target.ts'
import type { Node, NodeEvent, NodeOptions } from './node.ts'
import { NodeError } from './node-error.ts'
import { serveEcho } from './pipes/echo.ts'
import type { NominatedPath } from './pipes/path.ts'
import type { Establishment, PeerPipe } from './pipes/peer-pipe.ts'
import { Sessions } from './pipes/sessions.ts'
import { Mutex } from './punching/mutex.ts'
import { type Counter, Counters } from './report/counters.ts'
import { Announcer } from './signalling/announcer.ts'
import { Exchange, noBroker } from './signalling/exchange.ts'
import type { BrokerState } from './signalling/signal.ts'
import type { NodeContext } from './strategies/context.ts'
import { StrategyHistory } from './strategies/strategy-history.ts'

/** A node at work: puts the rooms together, and shows them as one. */
export class RunningNode implements Node {
  readonly id: string
  readonly #options: NodeOptions
  readonly #listening: Listening
  readonly #host: HostGatherer
  readonly #reflexive: ReflexiveGatherer
  readonly #mappedPorts: PortMappingGatherer | undefined
  readonly #further: readonly ReturnType<NonNullable<NodeOptions['sources']>[number]>[]
  readonly #announcer: Announcer
  readonly #context: NodeContext
  readonly #exchange: Exchange | undefined
  readonly #answerer: Answerer
  readonly #acceptor: Acceptor
  readonly #calls: OutgoingCalls
  readonly #history: StrategyHistory
  readonly #sessions: Sessions
  readonly #pipes = new Set<PeerPipe>()
  readonly #counters = new Counters()
  readonly #listeners = new Set<(event: NodeEvent) => void>()
  readonly #over = new AbortController()

  constructor(options: NodeOptions, listening: Listening, interfaces: readonly Interface[]) {
    const { identity, runtime, signal, stun = [], sources = [], portMapping = true } = options
    const { clock, wallClock, log } = runtime
    const { port } = listening
    this.id = identity.id
    this.#options = options
    this.#listening = listening
    this.#host = new HostGatherer({ runtime, interfaces, port })
    const mapUdpPort: MapUdpPort = async (base, udp) => this.#mappedPorts?.mapUdpPort(base, udp)
    const servers = signal === undefined ? [] : stun
    this.#reflexive = new ReflexiveGatherer({ runtime, port, servers, ...(portMapping && { mapUdpPort }) })
    if (portMapping) this.#mappedPorts = new PortMappingGatherer({ runtime, port, stun: this.#reflexive })
    this.#mappedPorts?.onMappable(() => this.#reflexive.portsMappable())
    this.#further = sources.map((open) => open(this.#host))
    this.#announcer = new Announcer({
      ...options,
      // Mapped ports first: the gateway forwards those, and others perhaps.
      sources: [this.#host, this.#mappedPorts ?? [], this.#reflexive, ...this.#further].flat(),
      sides: () => this.#reflexive.descriptions(),
    })
    this.#context = {
      runtime,
      interfaces: () => this.#host.interfaces(),
      candidates: () => this.#announcer.candidates(),
      punchSides: this.#reflexive,
      birthdays: new Mutex(),
    }
    this.#sessions = new Sessions(runtime, { resumeMs: 0 })
    this.#history = new StrategyHistory(clock)
    this.#calls = new OutgoingCalls(this.id)
    this.#answerer = new Answerer({
      node: this.#context,
      calls: this.#calls,
      onOffer: ({ punch }) => this.#counters.count('offers', { attempt: String(punch?.failedAttempts ?? 0) }),
      admit: ({ service }) => service === '' && (this.#listeners.size > 0 || options.echo === true),
      join: (path) => this.#sessions.join(path),
      accept: (path) => this.#accept(path),
    })
    this.#acceptor = new Acceptor({ runtime, accept: (path) => this.#answerer.accept(path) })
    this.#exchange = signal && new Exchange({ signal, clock, wallClock, answerer: this.#answerer, log })
  }

  /** Takes connections, announces the node, and watches the network. */
  start(): void {
    this.#listening.onConnection((connection) => void this.#acceptor.receive(connection))
    this.#options.signal?.onBroker?.((broker) => this.#onBroker(broker))
    // Before the announcer hears of it: what is gone must not be announced.
    this.#host.onChange((interfaces) => this.#onNetworkChange(interfaces))
    this.#announcer.start()
    this.#host.start()
    this.#reflexive.gather(this.#host.interfaces())
    this.#mappedPorts?.gather(this.#host.interfaces())
  }

  address(): Promise<string> {
    return Promise.resolve(this.#announcer.address())
  }

  async ready(): Promise<void> {
    const { signal } = this.#options
    if (signal === undefined) throw noBrokerConfigured()
    try {
      await Promise.all([signal.ready(), this.#reflexive.ready()])
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
    const { service = '' } = options
    checkService(service)
    const startedAt = runtime.clock.now()
    const parsed = parseTarget(target, runtime.verify)
    const callee = this.#callee(parsed.type === 'name' ? await this.#lookUp(parsed.name, options) : parsed)
    const peer = formatNodeId(callee.publicKey)
    const exchange = peer === this.id ? undefined : this.#exchange
    if (exchange === undefined && callee.candidates.length === 0) throw noBrokerConfigured()
    const onDialledBack: Acceptor['onDialledBack'] = (id, take) => this.#acceptor.onDialledBack(id, take)
    const caller = { node: this.#context, history: this.#history, startedAt, exchange, onDialledBack }
    const call = new Call(caller, callee, options)
    try {
      const { path, ...connection } = await this.#calls.run(call)
      if (this.#over.signal.aborted) {
        path.stream.destroy()
        throw this.#over.signal.reason as NodeError
      }
      const pipe = this.#open(path, connection, 'out')
      // The raw pipe need not wait: its first bytes travel with the nomination.
      if (service !== '') await pipe.opened
      this.#counters.count('calls', { outcome: 'connected' })
      return pipe
    } catch (error) {
      this.#counters.count('calls', { outcome: error instanceof NodeError ? error.code : 'error' })
      throw error
    } finally {
      for (const { strategy, outcome } of call.report) this.#counters.count('attempts', { strategy, outcome })
      this.#emit({ type: 'report', peer, report: call.report })
    }
  }

  pipes(): readonly PeerPipe[] {
    return [...this.#pipes].filter(({ closed }) => !closed)
  }

  natReports(): readonly InterfaceNat[] {
    return this.#reflexive.natReports()
  }

  candidates(): readonly Candidate[] {
    return this.#announcer.candidates()
  }

  counters(): readonly Counter[] {
    return this.#counters.list()
  }

  async close(): Promise<void> {
    const fault = new NodeError('NODE_CLOSED', 'the node was closed')
    this.#over.abort(fault)
    this.#calls.stop(fault)
    this.#answerer.close()
    this.#acceptor.close()
    this.#announcer.close()
    this.#reflexive.close()
    this.#exchange?.close()
    // Gateways are given their second while the rest ends.
    const released = this.#mappedPorts?.close()
    await this.#host.close()
    await Promise.all(this.#further.map((source) => source.close()))
    await this.#listening.close()
    await this.#sessions.close()
    await this.#options.signal?.close()
    await released
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
    const { port } = this.#listening
    const loopback = ['127.0.0.1', '::1'].map((ip) => ({ kind: 'host', ip, port }) as const)
    return { publicKey: identity.publicKey, candidates: prioritized(loopback) }
  }

  #accept(path: NominatedPath): void {
    const pipe = this.#open(path, { elapsedMs: 0, report: [] }, 'in')
    this.#emit({ type: 'pipe', pipe })
    if (this.#options.echo) void serveEcho(pipe, this.#options.runtime.log)
  }

  #open(path: NominatedPath, how: Establishment, direction: 'in' | 'out'): PeerPipe {
    this.#counters.count('pipes', { direction, strategy: path.strategy })
    const pipe = this.#sessions.begin(path, how)
    this.#pipes.add(pipe)
    pipe.onClose(() => void this.#pipes.delete(pipe))
    return pipe
  }

  #onNetworkChange(interfaces: readonly Interface[]): void {
    const ips = addressesOf(interfaces)
    this.#sessions.endLost(ips)
    this.#options.signal?.networkChanged?.([...ips])
    this.#history.clear()
    this.#reflexive.gather(interfaces)
    this.#mappedPorts?.gather(interfaces)
    this.#emit({ type: 'network-changed', interfaces })
  }

  #onBroker({ url, state, reason, localAddress }: BrokerState): void {
    if (state === 'connecting') return
    if (localAddress !== undefined) this.#host.reachedServerFrom(localAddress)
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

/** The peer that a target names, or undefined for `self`. */
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
