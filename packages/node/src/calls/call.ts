import type { TcpConnection } from '@p2pd/netif'
import type { KeepAlive } from '@p2pd/session'
import type { ClockOffset } from '../signalling/clock-offset.ts'
import type { Candidate, PathChoice } from '../candidates/candidate.ts'
import {
  CONNECTION_ID_LENGTH,
  nominate,
  SESSION_ID_LENGTH,
  type SessionTerms,
} from '../handshake/nomination.ts'
import { NodeError } from '../node-error.ts'
import type { NominatedPath, Path } from '../pipes/path.ts'
import { PLAIN_GRACE_MS } from '../race/plain-grace.ts'
import { StrategyRace } from '../race/strategy-race.ts'
import { type RelayPolicy, withRelayPolicy } from '../relays/relay-policy.ts'
import { type ReportLine, type StrategyName, withoutWinner } from '../report/report.ts'
import type { CallExchange } from '../signalling/exchange.ts'
import type { CallContext, NodeContext } from '../strategies/context.ts'
import { PeerKnowledge } from '../strategies/peer-knowledge.ts'
import type { StrategyHistory } from '../strategies/strategy-history.ts'
import { checkStrategies, STRATEGIES, strategyNamed } from '../strategies/table.ts'
import { failureOf, lateness } from './failure.ts'
import { Glare, PEER_CAME_FIRST } from './glare.ts'
import { CallOfferer } from './offerer.ts'

/** The peer to call. */
export interface Callee {
  readonly publicKey: Uint8Array
  /** Dialled at once; empty when only the id is known. */
  readonly candidates: readonly Candidate[]
}

/** How to call. */
export interface CallOptions {
  /**
   * Started in this order; a plain connection waits a quarter of a second for what is listed before it.
   * @default all there are, closely after each other
   */
  readonly strategies?: readonly StrategyName[] | undefined
  /** @default all */
  readonly paths?: PathChoice | undefined
  /** When the call may go through a relay. @default that of the node */
  readonly relay?: RelayPolicy | undefined
  /** The service wanted; the peer's reply is waited for. @default the raw pipe, for whose reply nobody waits */
  readonly service?: string
  /** How long the pipe lasts without a path. @default that of the node */
  readonly resumeMs?: number | undefined
  /** How often an idle path is checked. @default that of the node */
  readonly keepAlive?: KeepAlive | undefined
  /** @default 30000 */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** The part of a node that its calls use. */
export interface Caller {
  readonly node: NodeContext
  /** When `connect` was called: looking up a name comes before the call. */
  readonly startedAt: number
  /** Undefined where there is no signalling, or no need of it. */
  readonly exchange: CallExchange | undefined
  readonly history: StrategyHistory
  /** Takes the connections of a peer that dials back; returns the function that stops it. */
  readonly onDialledBack: (
    connectionId: Uint8Array,
    listener: (connection: TcpConnection) => void,
  ) => () => void
}

/** A session that is to get a further path. */
export interface Joins {
  /** When its first call began: reports count from there. */
  readonly startedAt: number
  /** It has no path at all. */
  readonly isSuspended: boolean
  /** The session's part of the nomination. */
  termsFor(path: Path): SessionTerms
  /** Why the session does not want a path; undefined when it does. */
  objection(path: Path): string | undefined
}

/** A call that succeeded. */
export interface Established {
  /** The path, nominated by this node, or in case of glare by the peer. */
  readonly path: NominatedPath
  readonly elapsedMs: number
  readonly report: readonly ReportLine[]
  /** How far the clock of the peer is ahead; unknown when it was reached before it answered. */
  readonly clockOffset?: ClockOffset | undefined
}

/** Three times what the slowest path in use takes. A peer that does not answer is given up before. */
export const CALL_TIMEOUT_MS = 30_000

/** One `connect`: the offer, the strategies, and the race between their attempts. Used once. */
export class Call {
  readonly #context: CallContext
  readonly #options: CallOptions
  readonly #knowledge: PeerKnowledge
  readonly #offerer: CallOfferer | undefined
  readonly #race: StrategyRace<Path>
  readonly #glare: Glare
  readonly #joins: Joins | undefined
  readonly #over = new AbortController()
  /** The reason when something ended the call before its time. */
  #stopped: NodeError | undefined
  /** The reason of a failure that no attempt reports. */
  #fault: NodeError | undefined

  /** With `joins` the path is nominated for a session that exists. */
  constructor(caller: Caller, callee: Callee, options: CallOptions, joins?: Joins) {
    const { node, startedAt, history, exchange } = caller
    const { paths = {}, strategies, relay = node.relay } = options
    const { clock, random } = node.runtime
    if (strategies !== undefined) checkStrategies(strategies)
    const peer = callee.publicKey
    const connectionId = random(CONNECTION_ID_LENGTH)
    this.#options = options
    this.#joins = joins
    // A choice of paths has an order of its own.
    const remembered = options.paths === undefined ? history.candidates(peer) : []
    this.#knowledge = new PeerKnowledge([...remembered, ...callee.candidates])
    this.#glare = new Glare(clock, startedAt)
    const reportedFrom = joins?.startedAt ?? startedAt
    this.#race = new StrategyRace({
      clock,
      startedAt: reportedFrom,
      discard: (path) => path.stream.destroy(),
      objection: (path) => joins?.objection(path),
      graceMs: PLAIN_GRACE_MS,
    })
    // Without a TURN server nobody expects a relay, and no report has a line for it.
    const all = STRATEGIES.map(({ name }) => name).filter((name) => name !== 'relay' || node.relays?.isUsable)
    const wanted = withRelayPolicy(strategies ?? history.order(peer, all), relay)
    const terms = { node, peer, connectionId, paths, strategies: wanted }
    const offered = { ...terms, standsAlone: this.standsAlone, isUrgent: joins?.isSuspended ?? false }
    this.#offerer = exchange && new CallOfferer(exchange, offered, this.#knowledge, this.#over.signal)
    const context: Omit<CallContext, 'requested'> = {
      ...terms,
      relay,
      role: 'controlling',
      startedAt,
      history,
      race: this.#race,
      offerer: this.#offerer,
      onDialledBack: (listener) => caller.onDialledBack(connectionId, listener),
    }
    const isUsable = (name: StrategyName) => strategyNamed(name)?.unusable(context) === undefined
    const requested = (strategies === undefined ? [] : wanted).filter(
      (name) => strategyNamed(name) !== undefined && isUsable(name),
    )
    this.#context = { ...context, requested }
  }

  /** Fails with `NODE_UNREACHABLE`, `NODE_NO_ANSWER`, `NODE_NO_BROKER`, `NODE_TIMEOUT` or `NODE_ABORTED`, and the report. */
  async run(): Promise<Established> {
    const { node, startedAt } = this.#context
    const { clock } = node.runtime
    const { signal, timeoutMs = CALL_TIMEOUT_MS } = this.#options
    const cancelTimeout = clock.at(startedAt + timeoutMs, () => this.stop(this.#timedOut(timeoutMs)))
    const aborted = () =>
      this.stop(new NodeError('NODE_ABORTED', 'connect was aborted', { cause: signal?.reason }))
    signal?.addEventListener('abort', aborted)
    if (signal?.aborted) aborted()
    const release = this.#race.hold()
    const stopStrategies = this.#startStrategies()
    void this.#signal().finally(release)
    try {
      const path = await this.#decide(await this.#race.finished)
      const { clockOffset } = this.#knowledge
      return { path, elapsedMs: clock.now() - startedAt, report: this.report, clockOffset }
    } finally {
      for (const stop of stopStrategies) stop()
      cancelTimeout()
      signal?.removeEventListener('abort', aborted)
      this.#over.abort(new NodeError('NODE_ABORTED', 'the call is over'))
      this.#offerer?.close()
    }
  }

  get peer(): Uint8Array {
    return this.#context.peer
  }

  /** A call for a service: no path of another call will do. */
  get standsAlone(): boolean {
    return (this.#options.service ?? '') !== ''
  }

  /** When this call may go through a relay. */
  get policy(): RelayPolicy {
    return this.#context.relay
  }

  /** The last known candidates of the peer. */
  get candidates(): readonly Candidate[] {
    return this.#knowledge.candidates
  }

  /** Every attempt so far. */
  get report(): readonly ReportLine[] {
    const { report } = this.#race
    const { message } = this.#stopped ?? {}
    return this.#glare.amend(message === undefined ? report : withoutWinner(report, message))
  }

  /** Lets the call of the peer, whose offer has come, stand for this one: no path of this call is nominated. */
  yieldToPeer(): void {
    if (this.#joins === undefined) return this.#glare.expect()
    this.stop(new NodeError('NODE_ABORTED', 'the peer is calling, too'))
  }

  /** Takes the path that the peer nominated for its own call: `run` gives it. False when this call is decided already. */
  adopt(path: NominatedPath): boolean {
    const isTaken = this.#joins === undefined && this.#glare.adopt(path)
    if (isTaken) this.#race.stop(PEER_CAME_FIRST)
    return isTaken
  }

  /** Ends the call; `run` fails with this. */
  stop(fault: NodeError): void {
    this.#fault = fault
    this.#stopped = fault
    this.#race.stop(fault.message)
    this.#glare.close()
  }

  #timedOut(timeoutMs: number): NodeError {
    const why = this.#offerer && lateness(this.#knowledge)
    const text = `not connected within ${timeoutMs / 1000} s`
    return new NodeError('NODE_TIMEOUT', why === undefined ? text : `${text}: ${why}`)
  }

  #startStrategies(): (() => void)[] {
    return this.#context.strategies.flatMap((name) => {
      const strategy = strategyNamed(name)
      if (strategy !== undefined) return strategy.call(this.#context, this.#knowledge)
      this.#race.skip(name, 'this version does not have it yet')
      return []
    })
  }

  async #signal(): Promise<void> {
    try {
      if (this.#stopped === undefined) await this.#offerer?.start()
    } catch (error) {
      const { message } = error as Error
      this.#fault ??=
        error instanceof NodeError ? error : new NodeError('NODE_UNREACHABLE', message, { cause: error })
    }
  }

  /** Takes the path of the peer's call in case of glare; else nominates the winner of the race. RFC 8445 §8.1.1. */
  async #decide(won: Path | undefined): Promise<NominatedPath> {
    const adopted = await this.#glare.path()
    if (adopted === undefined && won !== undefined && this.#stopped === undefined) {
      return this.#nominate(won)
    }
    won?.stream.destroy()
    if (adopted === undefined) throw failureOf(this.report, this.#fault)
    return adopted
  }

  #nominate(won: Path): NominatedPath {
    const { connectionId, history, peer, node } = this.#context
    const begins = () => ({
      sessionId: node.runtime.random(SESSION_ID_LENGTH),
      service: this.#options.service,
    })
    const nomination = { connectionId, ...(this.#joins?.termsFor(won) ?? begins()) }
    const replied = nominate(won.stream, nomination)
    history.succeeded(peer, won)
    return { ...won, nomination, replied }
  }
}
