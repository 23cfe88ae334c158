import type { Interface } from '@p2pd/netif'
import { Answerer } from './calls/answerer.ts'
import { Call, CALL_TIMEOUT_MS, type Caller, type CallOptions } from './calls/call.ts'
import { calleeOf, noBrokerConfigured } from './calls/callee.ts'
import { againAs, callAgain, callForPath } from './calls/call-again.ts'
import { Resumer } from './calls/resumer.ts'
import type { Listening } from './calls/listen.ts'
import { OutgoingCalls } from './calls/outgoing-calls.ts'
import type { Candidate } from './candidates/candidate.ts'
import { addressesOf } from './candidates/base.ts'
import { Gatherers } from './gathering/gatherers.ts'
import type { InterfaceNat } from './gathering/reflexive-gatherer.ts'
import { RelayPool } from './relays/relay-pool.ts'
import { Acceptor } from './calls/acceptor.ts'
import { checkService } from './handshake/nomination.ts'
import { formatNodeId } from './identity/node-id.ts'
import { type Resolving, resolveTarget } from './naming/resolve-name.ts'
import type { Node, NodeEvent, NodeOptions } from './node.ts'
import { NodeError } from './node-error.ts'
import { serveEcho } from './pipes/echo.ts'
import type { NominatedPath } from './pipes/path.ts'
import type { PeerPipe } from './pipes/peer-pipe.ts'
import { type Beginning, Sessions } from './pipes/sessions.ts'
import type { SessionSettings } from './runtime/session.ts'
import type { Message } from './signalling/message.ts'
import { Mutex } from './punching/mutex.ts'
import type { RunningProgram } from './runtime/runtime.ts'
import { type Counter, Counters } from './report/counters.ts'
import { NodeEvents } from './report/node-events.ts'
import { Announcer } from './signalling/announcer.ts'
import { Exchange, exchangeFor, noBroker } from './signalling/exchange.ts'
import { detectSharedIdentity, type SharedIdentityDetector } from './signalling/shared-identity.ts'
import type { BrokerState } from './signalling/signal.ts'
import { acceptedBy } from './services/accepted-by.ts'
import { type ServiceHandler, Services } from './services/services.ts'
import type { WaitingCaller } from './services/waiting-room.ts'
import type { NodeContext } from './strategies/context.ts'
import { StrategyHistory } from './strategies/strategy-history.ts'

/** A node at work: puts the rooms together, and shows them as one. */
export class RunningNode implements Node {
  readonly id: string
  readonly #options: NodeOptions
  readonly #listening: Listening
  readonly #gatherers: Gatherers
  readonly #announcer: Announcer
  readonly #context: NodeContext
  readonly #relays: RelayPool | undefined
  readonly #exchange: Exchange | undefined
  /** Undefined where nobody is to call this node. */
  readonly #sharedIdentity: SharedIdentityDetector | undefined
  readonly #answerer: Answerer
  readonly #acceptor: Acceptor
  readonly #calls: OutgoingCalls
  readonly #history: StrategyHistory
  readonly #sessions: Sessions
  readonly #resumer: Resumer
  readonly #services: Services
  readonly #counters = new Counters()
  readonly #events = new NodeEvents<NodeEvent>()
  readonly #over = new AbortController()

  constructor(options: NodeOptions, listening: Listening, interfaces: readonly Interface[]) {
    const { identity, signal, relay } = options
    this.id = identity.id
    this.#options = options
    this.#listening = listening
    this.#gatherers = new Gatherers(options, listening.port, interfaces)
    const { runtime, sources, reflexive } = this.#gatherers
    const { clock, wallClock, log } = runtime
    this.#announcer = new Announcer({ ...options, sources, sides: () => reflexive.descriptions() })
    this.#relays = options.relayOpener && new RelayPool(options.relayOpener, clock)
    this.#context = this.#createContext()
    this.#history = new StrategyHistory(clock)
    this.#resumer = new Resumer({
      clock,
      call: (own, over, names) => callForPath(own, { ...this.#caller, calls: this.#calls }, over, names),
      join: (own, path) => this.#sessions.rejoin(own, path),
      log,
    })
    this.#sessions = new Sessions({
      runtime: { ...runtime, mappingLifetime: (ip) => reflexive.mappingLifetime(ip) },
      settings: options,
      onPathEvent: (pipe, event) => this.#events.emit({ ...event, pipe }),
      resume: (own) => {
        this.#resumer.resume(own)
        // The NAT that has forgotten a path may have forgotten everything.
        this.#options.signal?.verifyBrokers?.()
        reflexive.renew()
      },
      improve: (own) => this.#resumer.improve(own),
      attend: (isAttentive) => this.#gatherers.host.attend(isAttentive),
    })
    this.#services = new Services({
      clock,
      log,
      admit: options.admit,
      takesPipes: () => this.#events.size > 0 || options.echo === true,
      onWaiting: (caller) => this.#events.emit({ type: 'waiting', caller }),
    })
    this.#calls = new OutgoingCalls(this.id)
    this.#answerer = new Answerer({
      node: this.#context,
      calls: this.#calls,
      onOffer: ({ punch }) => this.#counters.count('offers', { attempt: String(punch?.failedAttempts ?? 0) }),
      admit: (applicant, stream) => this.#services.admit(applicant, stream),
      join: (path) => this.#sessions.join(path),
      accept: (path, offer) => this.#accept(path, offer),
    })
    this.#acceptor = new Acceptor({ runtime, relay, accept: (path) => this.#answerer.accept(path) })
    const { publicKey } = identity
    const onShared = (by?: RunningProgram) => this.#events.emit({ type: 'identity-shared', by })
    if (options.announce !== false)
      this.#sharedIdentity = detectSharedIdentity(signal, { publicKey, runtime, onShared })
    const onInstance: SharedIdentityDetector['receive'] = (...sent) => this.#sharedIdentity?.receive(...sent)
    const exchange = { clock, wallClock, answerer: this.#answerer, onInstance, log }
    this.#exchange = signal && new Exchange({ signal, ...exchange })
  }

  /** Takes connections, announces the node, and watches the network. */
  start(): void {
    this.#listening.onConnection((connection) => void this.#acceptor.receive(connection))
    this.#options.signal?.onBroker?.((broker) => this.#onBroker(broker))
    // Before the announcer hears of it: what is gone must not be announced.
    this.#gatherers.host.onChange((interfaces) => this.#onNetworkChange(interfaces))
    if (this.#options.announce !== false) this.#announcer.start()
    this.#gatherers.start(this.brokers())
  }

  address(): Promise<string> {
    return Promise.resolve(this.#announcer.address())
  }

  async ready(): Promise<void> {
    const { signal } = this.#options
    if (signal === undefined) throw noBrokerConfigured()
    try {
      await Promise.all([signal.ready(), this.#gatherers.reflexive.ready()])
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
    const stop = this.#events.listen(listener)
    if (this.#events.size === 1) void this.#sharedIdentity?.announce()
    return stop
  }

  async connect(target: string, options: CallOptions = {}): Promise<PeerPipe> {
    if (this.#over.signal.aborted) throw new NodeError('NODE_CLOSED', 'the node is closed')
    const { runtime } = this.#options
    const { service = '' } = options
    checkService(service)
    const startedAt = runtime.clock.now()
    const known = await resolveTarget(target, runtime.verify, () => this.#resolving(options))
    const callee = calleeOf(known, this.#options.identity, this.#listening.port)
    const peer = formatNodeId(callee.publicKey)
    const exchange = known.type === 'self' ? undefined : exchangeFor(this.#exchange, peer === this.id)
    if (exchange === undefined && callee.candidates.length === 0) throw noBrokerConfigured()
    const call = new Call({ ...this.#caller, startedAt, exchange }, callee, options)
    try {
      const { path, ...connection } = await this.#calls.run(call)
      if (this.#over.signal.aborted) {
        path.stream.destroy()
        throw this.#over.signal.reason as NodeError
      }
      // The raw pipe need not wait: its first bytes travel with the nomination.
      if (service !== '')
        await acceptedBy(path, { clock: runtime.clock, startedAt, options, over: this.#over.signal })
      const again = againAs(call, options)
      const pipe = this.#open(path, { ...connection, startedAt, again }, 'out', options)
      this.#counters.count('calls', { outcome: 'connected' })
      return pipe
    } catch (error) {
      this.#counters.count('calls', { outcome: error instanceof NodeError ? error.code : 'error' })
      throw error
    } finally {
      for (const { strategy, outcome } of call.report) this.#counters.count('attempts', { strategy, outcome })
      this.#events.emit({ type: 'report', peer, report: call.report })
    }
  }

  serve(name: string, handler: ServiceHandler): () => void {
    return this.#services.serve(name, handler)
  }

  waiting(): readonly WaitingCaller[] {
    return this.#services.waiting()
  }

  pipes(): readonly PeerPipe[] {
    return this.#sessions.pipes()
  }

  natReports(): readonly InterfaceNat[] {
    return this.#gatherers.reflexive.natReports()
  }

  candidates(): readonly Candidate[] {
    return this.#announcer.candidates()
  }

  brokers(): readonly BrokerState[] {
    return this.#options.signal?.brokers?.() ?? []
  }

  counters(): readonly Counter[] {
    return this.#counters.list()
  }

  async close(): Promise<void> {
    const fault = new NodeError('NODE_CLOSED', 'the node was closed')
    this.#over.abort(fault)
    this.#calls.stop(fault)
    this.#resumer.close()
    this.#services.close()
    this.#answerer.close()
    this.#announcer.close()
    this.#exchange?.close()
    // Gateways are given their second while the rest ends.
    const gathered = this.#gatherers.close()
    await Promise.all([this.#acceptor.close(), this.#listening.close()])
    await this.#sessions.close()
    // Servers that are gone are given up at the same time.
    await Promise.all([this.#relays?.close(), this.#options.signal?.close(), gathered])
  }

  #createContext(): NodeContext {
    const { runtime, host, reflexive: punchSides, count } = this.#gatherers
    return {
      runtime,
      interfaces: () => host.interfaces(),
      candidates: () => this.#announcer.candidates(),
      punchSides,
      birthdays: new Mutex(),
      count,
      natReports: () => this.natReports(),
      relays: this.#relays,
      relay: this.#options.relay ?? 'last',
    }
  }

  #resolving({ timeoutMs = CALL_TIMEOUT_MS, signal = this.#over.signal }: CallOptions): Resolving {
    const { names, runtime } = this.#options
    return { ...runtime, names, timeoutMs, signal: AbortSignal.any([signal, this.#over.signal]) }
  }

  #accept(path: NominatedPath, offer: Message | undefined): void {
    const { runtime, relay } = this.#options
    const again = callAgain(offer, relay)
    const pipe = this.#open(path, { elapsedMs: 0, report: [], startedAt: runtime.clock.now(), again }, 'in')
    if (this.#services.open(pipe)) return
    this.#events.emit({ type: 'pipe', pipe })
    if (this.#options.echo) void serveEcho(pipe, runtime.log)
  }

  #open(
    path: NominatedPath,
    how: Beginning,
    direction: 'in' | 'out',
    settings: SessionSettings = {},
  ): PeerPipe {
    this.#counters.count('pipes', { direction, strategy: path.strategy })
    return this.#sessions.begin(path, how, settings)
  }

  get #caller(): Caller {
    const onDialledBack: Caller['onDialledBack'] = (id, take) => this.#acceptor.onDialledBack(id, take)
    const startedAt = this.#options.runtime.clock.now()
    return { node: this.#context, history: this.#history, startedAt, exchange: this.#exchange, onDialledBack }
  }

  #onNetworkChange(interfaces: readonly Interface[]): void {
    const ips = addressesOf(interfaces)
    this.#options.signal?.networkChanged?.([...ips])
    this.#history.clear()
    this.#gatherers.gather(interfaces, this.brokers())
    this.#events.emit({ type: 'network-changed', interfaces })
    // Calls from now on see the new network.
    this.#resumer.restart()
    this.#sessions.leaveLost(ips)
  }

  #onBroker(broker: BrokerState): void {
    const { url, state, reason, localAddress } = broker
    if (state === 'connecting') return
    if (localAddress !== undefined) this.#gatherers.reachedBrokerFrom(localAddress, url)
    if (state === 'up') this.#resumer.wake()
    this.#events.emit({ type: `broker-${state}`, url, ...(reason !== undefined && { reason }) })
  }
}
