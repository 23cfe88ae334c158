import { equalBytes, type Interface, type TcpConnection } from '@p2pd/netif'
import type { Candidate, PathChoice } from '../candidates/candidate.ts'
import { CrossedCall, PEER_CAME_FIRST } from './glare.ts'
import { Enquiry } from './offerer.ts'
import type { Exchange } from '../signalling/exchange.ts'
import { CONNECTION_ID_LENGTH } from '../handshake/nomination.ts'
import { NodeError } from '../node-error.ts'
import type { Path } from '../pipes/path.ts'
import type { PeerMemory } from '../strategies/strategy-history.ts'
import { CallPunching } from '../punching/call-punching.ts'
import { EASY_HEAD_START_MS } from '../strategies/attempt-delay.ts'
import type { ReflexiveGatherer } from '../gathering/reflexive-gatherer.ts'
import type { Mutex } from '../punching/mutex.ts'
import { Race } from '../race/race.ts'
import { type ReportLine, type StrategyName, withoutWinner } from '../report/report.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { direct } from '../strategies/direct.ts'
import { tcpPunch, udpPunch } from '../strategies/punch.ts'
import { reverse } from '../strategies/reverse.ts'
import type { Calling, Known, Strategy } from '../strategies/strategy.ts'

/** Every strategy there is, in the order in which they start. */
const STRATEGIES: readonly Strategy[] = [direct, reverse, tcpPunch, udpPunch]

/** Whom to call, with what is known of it already. */
export interface Callee {
  readonly publicKey: Uint8Array
  /** Dialled at once; empty when only the id is known. */
  readonly candidates: readonly Candidate[]
}

/** How to call. */
export interface CallOptions {
  /**
   * Started in this order; those that need no punch leave the ones before them a quarter of a second.
   * @default all there are, closely after each other
   */
  readonly strategies?: readonly StrategyName[]
  /** @default all */
  readonly paths?: PathChoice
  /** @default 30000 */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** What a call needs of the node that makes it. */
export interface Caller {
  readonly runtime: Runtime
  readonly interfaces: readonly Interface[]
  /** Where the node may be reached itself: they go into the offer. */
  readonly candidates: readonly Candidate[]
  /** When `connect` was called: looking up a name comes before the call. @default now */
  readonly startedAt?: number
  /** Absent when there is no signalling, or no need of it. */
  readonly exchange: Pick<Exchange, 'offer' | 'fetchRecord'> | undefined
  readonly gatherer: Pick<ReflexiveGatherer, 'acquire' | 'giveBack'>
  readonly memory: PeerMemory
  /** Birthdays of the node: one at a time. */
  readonly birthdays: Mutex
  /** Takes the connections of a peer that dials back; returns what stops it. */
  readonly onDialledBack: (
    connectionId: Uint8Array,
    listener: (connection: TcpConnection) => void,
  ) => () => void
}

/** A call that succeeded. */
export interface Established {
  readonly path: Path
  readonly elapsedMs: number
  readonly report: readonly ReportLine[]
  /** How far the peer's clock is ahead; unknown when it was reached before it answered. */
  readonly clockOffset?: ClockOffset | undefined
}

/** Three times what the slowest path in use takes; a peer that does not answer is given up before. */
export const CALL_TIMEOUT_MS = 30_000

/** One `connect`: the offer, the strategies, and the race between their attempts. Used once. */
export class Call {
  readonly #caller: Caller
  readonly #callee: Callee
  readonly #options: CallOptions
  readonly #connectionId: Uint8Array
  readonly #race: Race<Path>
  readonly #startedAt: number
  readonly #over = new AbortController()
  readonly #knowing = new Set<(known: Known) => void>()
  readonly #strategies: readonly StrategyName[]
  readonly #crossed: CrossedCall
  #enquiry: Enquiry | undefined
  /** What ended it before its time. */
  #stopped: NodeError | undefined
  /** Why it came to nothing, when no attempt says so. */
  #fault: NodeError | undefined

  constructor(caller: Caller, callee: Callee, options: CallOptions) {
    const { clock, random } = caller.runtime
    this.#caller = caller
    this.#callee = callee
    this.#options = options
    this.#connectionId = random(CONNECTION_ID_LENGTH)
    this.#startedAt = caller.startedAt ?? clock.now()
    const all = STRATEGIES.map(({ name }) => name)
    this.#strategies = options.strategies ?? caller.memory.order(callee.publicKey, all)
    this.#crossed = new CrossedCall(clock, this.#startedAt)
    this.#race = new Race({ clock, startedAt: this.#startedAt, discard: (path) => path.stream.destroy() })
  }

  async run(): Promise<Established> {
    const { clock } = this.#caller.runtime
    const { signal, timeoutMs = CALL_TIMEOUT_MS } = this.#options
    const timedOut = new NodeError('NODE_TIMEOUT', `not connected within ${timeoutMs} ms`)
    const cancelTimeout = clock.at(this.#startedAt + timeoutMs, () => this.stop(timedOut))
    const aborted = () =>
      this.stop(new NodeError('NODE_ABORTED', 'connect was aborted', { cause: signal?.reason }))
    signal?.addEventListener('abort', aborted)
    const stopStrategies = this.#startStrategies()
    try {
      if (signal?.aborted) aborted()
      else void this.#gather(this.#race.hold())
      const path = await this.#decide(await this.#race.finished)
      const clockOffset = this.#enquiry?.clockOffset
      return { path, elapsedMs: clock.now() - this.#startedAt, report: this.report, clockOffset }
    } finally {
      for (const stop of stopStrategies) stop()
      cancelTimeout()
      signal?.removeEventListener('abort', aborted)
      this.#over.abort(new NodeError('NODE_ABORTED', 'the call is over'))
      this.#enquiry?.close()
    }
  }

  /** The peer's own path, or ours, which is nominated. */
  async #decide(ours: Path | undefined): Promise<Path> {
    const theirs = await this.#crossed.path()
    if (theirs === undefined && ours !== undefined && this.#stopped === undefined) {
      ours.stream.write(this.#connectionId)
      this.#caller.memory.worked(this.#callee.publicKey, ours)
      return ours
    }
    ours?.stream.destroy()
    if (theirs === undefined) throw this.#failure()
    return theirs
  }

  isTo(peer: Uint8Array): boolean {
    return equalBytes(peer, this.#callee.publicKey)
  }

  /** Every attempt so far. */
  get report(): readonly ReportLine[] {
    const { report } = this.#race
    const { message } = this.#stopped ?? {}
    return this.#crossed.amend(message === undefined ? report : withoutWinner(report, message))
  }

  /** Lets the peer's own call, of which it has sent an offer, stand for this one: no path of this is nominated. */
  yieldToPeer(): void {
    this.#crossed.expect()
  }

  /** Takes the path that the peer nominated for its own call: `run` gives it. False when this call is decided already. */
  adopt(path: Path): boolean {
    const isTaken = this.#crossed.adopt(path)
    if (isTaken) this.#race.stop(PEER_CAME_FIRST)
    return isTaken
  }

  /** Ends the call; `run` fails with this. */
  stop(fault: NodeError): void {
    this.#fault = fault
    this.#stopped = fault
    this.#race.stop(fault.message)
    this.#crossed.close()
  }

  #startStrategies(): (() => void)[] {
    const { runtime, onDialledBack } = this.#caller
    const connectionId = this.#connectionId
    const punching = this.#punching()
    const calling: Calling = {
      runtime,
      connectionId,
      peer: this.#callee.publicKey,
      paths: this.#options.paths ?? {},
      race: this.#race,
      othersFirstMs: (name) => (this.#isAfterOthers(name, punching) ? EASY_HEAD_START_MS : 0),
      punching,
      onKnown: (listener) => void this.#knowing.add(listener),
      onDialledBack: (listener) => onDialledBack(connectionId, listener),
    }
    const stops: (() => void)[] = []
    for (const name of this.#strategies) {
      const strategy = STRATEGIES.find((candidate) => candidate.name === name)
      if (strategy === undefined) this.#race.skip(name, 'this version does not have it yet')
      else stops.push(strategy.start(calling))
    }
    return stops
  }

  /** Whether the user has put something before it that can be tried. */
  #isAfterOthers(name: StrategyName, punching: CallPunching): boolean {
    const { strategies = [] } = this.#options
    const before = strategies.slice(0, Math.max(0, strategies.indexOf(name)))
    const known = before.filter((other) => STRATEGIES.some((strategy) => strategy.name === other))
    return known.some((other) =>
      other === 'reverse' ? this.#caller.exchange !== undefined : punching.objection(other) === undefined,
    )
  }

  #punching(): CallPunching {
    const { runtime, memory, birthdays, exchange } = this.#caller
    return new CallPunching({
      runtime,
      memory,
      birthdays,
      peer: this.#callee.publicKey,
      strategies: this.#strategies,
      reach: this.#options.paths?.reach,
      hasSignalling: exchange !== undefined,
      handOver: (side) => this.#enquiry?.handOver(side) ?? (() => {}),
      offerAgain: (name) => void this.#askAgain(name, this.#race.hold()),
    })
  }

  /** Tells the strategies what is known of the peer at once, what its record says, and what it answers. */
  async #gather(release: () => void): Promise<void> {
    try {
      const { exchange, memory, interfaces } = this.#caller
      const { publicKey, candidates } = this.#callee
      // A choice of paths has an order of its own.
      const remembered = this.#options.paths === undefined ? memory.candidates(publicKey) : []
      this.#tell({ candidates: [...remembered, ...candidates], interfaces, answered: false })
      if (exchange !== undefined) await this.#enquire(interfaces, exchange)
    } catch (error) {
      const { message } = error as Error
      this.#fault ??=
        error instanceof NodeError ? error : new NodeError('NODE_UNREACHABLE', message, { cause: error })
    } finally {
      release()
    }
  }

  async #enquire(interfaces: readonly Interface[], exchange: NonNullable<Caller['exchange']>): Promise<void> {
    const { runtime, gatherer, candidates } = this.#caller
    this.#enquiry = new Enquiry(interfaces, {
      runtime,
      exchange,
      gatherer,
      signal: this.#over.signal,
      tell: (known) => this.#tell(known),
      terms: {
        peer: this.#callee.publicKey,
        connectionId: this.#connectionId,
        strategies: this.#strategies,
        paths: this.#options.paths ?? {},
        candidates,
      },
    })
    await this.#enquiry.run()
  }

  /** A second round of one strategy: that it comes to nothing adds nothing to what is known. */
  async #askAgain(name: StrategyName, release: () => void): Promise<void> {
    const { log } = this.#caller.runtime
    await this.#enquiry
      ?.again(name)
      .catch((error: Error) => log?.('no-second-answer', { reason: error.message }))
    release()
  }

  #tell(known: Known): void {
    for (const listener of this.#knowing) listener(known)
  }

  #failure(): NodeError {
    const { report } = this
    const fault = this.#fault
    const tried = report.filter(({ outcome }) => outcome === 'failed')
    if (fault !== undefined && tried.length === 0) {
      return new NodeError(fault.code, fault.message, { cause: fault, report })
    }
    const lines = tried.length > 0 ? tried : report.filter(({ outcome }) => outcome === 'skipped')
    const reasons = lines.map(({ strategy, remote, reason }) => `${remote || strategy}: ${reason}`)
    if (reasons.length === 0) reasons.push('it has no address that this host can dial')
    if (fault !== undefined) reasons.push(fault.message)
    const code =
      fault?.code === 'NODE_TIMEOUT' || fault?.code === 'NODE_ABORTED' ? fault.code : 'NODE_UNREACHABLE'
    return new NodeError(code, `the peer was not reached: ${reasons.join('; ')}`, { report, cause: fault })
  }
}
