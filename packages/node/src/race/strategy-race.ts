import { type Clock, formatTransportAddress, type TransportAddress } from '@p2pd/netif'
import { NodeError } from '../node-error.ts'
import { type Outcome, type ReportLine, sinceCall, type StrategyName } from '../report/report.ts'
import { PlainGrace } from './plain-grace.ts'

/** The part of a result that the report needs. */
interface Located {
  /** The local end as it came to be; before that only its family is known. */
  readonly local: TransportAddress
}

/** One way to reach the peer: its name in the report, and the work itself. */
export interface StrategyAttempt<Result> {
  readonly strategy: StrategyName
  readonly local: string
  readonly remote: string
  /** Why this path was needed, for the report of a success. @default it connected */
  readonly cause?: string
  /**
   * Ends promptly, by error, once `signal` aborts. A plain attempt calls `opened` when its connection is open and is about
   * to be authenticated.
   */
  run(signal: AbortSignal, opened: () => void): Promise<Result>
  /** Frees what the attempt already has; called instead of `run` when the race ends before its turn. @default nothing */
  abandon?(): void
}

/** The parts a race works with. */
export interface StrategyRaceOptions<Result> {
  readonly clock: Clock
  /** When the call began; the report counts from here. */
  readonly startedAt: number
  /** Disposes of a result that came after the winner. */
  discard(result: Result): void
  /** Why a result is not wanted; the race then goes on. @default every result is */
  objection?(result: Result): string | undefined
  /** How long a punched path waits for an open plain connection. @default 0, for the side that does not choose the path */
  readonly graceMs?: number
}

/** An attempt under way. */
interface Running<Result> {
  readonly attempt: StrategyAttempt<Result>
  readonly startMs: number
  readonly controller: AbortController
}

/** The attempts of one strategy: one after another, whatever the others do. */
interface Lane<Result> {
  readonly waiting: Waiting<Result>[]
  running: number
  nextStart: number
  cancelStart: (() => void) | undefined
}

/** An attempt that has not begun, and when it may. */
interface Waiting<Result> {
  readonly attempt: StrategyAttempt<Result>
  readonly notBefore: number
}

/** Later attempts of a strategy start this much apart: enough for a LAN to win alone. RFC 8305 §5 allows 10 ms at least. */
const STAGGER_MS = 20
/** Attempts of one strategy under way at once. */
const MAX_RUNNING = 16

/**
 * Runs attempts as they become known, those of one strategy staggered; the first to succeed wins and the others are
 * cancelled. Every attempt leaves a line in the report.
 */
export class StrategyRace<Result extends Located> {
  readonly report: ReportLine[] = []
  /** The winner's result; undefined when every attempt failed and nobody holds the race, or when it was stopped. */
  readonly finished: Promise<Result | undefined>
  readonly #lanes = new Map<StrategyName, Lane<Result>>()
  readonly #running = new Set<Running<Result>>()
  readonly #holds = new Set<object>()
  readonly #options: StrategyRaceOptions<Result>
  readonly #grace: PlainGrace
  #settle!: (result: Result | undefined) => void
  #over = false

  constructor(options: StrategyRaceOptions<Result>) {
    this.#options = options
    this.#grace = new PlainGrace(options.clock, options.graceMs ?? 0)
    this.finished = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  /** Runs an attempt when its strategy's turn has come, `delayMs` from now at the earliest. */
  add(attempt: StrategyAttempt<Result>, delayMs = 0): void {
    if (this.#over) return attempt.abandon?.()
    const lane = this.#laneOf(attempt.strategy)
    lane.waiting.push({ attempt, notBefore: this.#options.clock.now() + delayMs })
    lane.waiting.sort((a, b) => a.notBefore - b.notBefore)
    lane.cancelStart?.()
    lane.cancelStart = undefined
    this.#startNext(lane)
  }

  /** Notes a strategy that was not tried, with the reason. */
  skip(strategy: StrategyName, reason: string): void {
    const now = this.#elapsed()
    this.report.push({
      strategy,
      local: '',
      remote: '',
      startMs: now,
      endMs: now,
      outcome: 'skipped',
      reason,
    })
  }

  /** Keeps the race open for attempts to come; returns the function that ends the hold. */
  hold(): () => void {
    const hold = {}
    this.#holds.add(hold)
    return () => {
      this.#holds.delete(hold)
      this.#finishIfNothingIsLeft()
    }
  }

  /** Ends the race without a winner. */
  stop(reason: string): void {
    this.#end(undefined, reason)
  }

  #laneOf(strategy: StrategyName): Lane<Result> {
    const lane = this.#lanes.get(strategy) ?? {
      waiting: [],
      running: 0,
      nextStart: 0,
      cancelStart: undefined,
    }
    this.#lanes.set(strategy, lane)
    return lane
  }

  #startNext(lane: Lane<Result>): void {
    const [next] = lane.waiting
    if (next === undefined || lane.cancelStart !== undefined || lane.running >= MAX_RUNNING) return
    const { clock } = this.#options
    lane.cancelStart = clock.at(Math.max(lane.nextStart, next.notBefore), () => {
      lane.cancelStart = undefined
      lane.nextStart = clock.now() + STAGGER_MS
      lane.waiting.shift()
      void this.#run(next.attempt, lane)
      this.#startNext(lane)
    })
  }

  async #run(attempt: StrategyAttempt<Result>, lane: Lane<Result>): Promise<void> {
    const running = { attempt, startMs: this.#elapsed(), controller: new AbortController() }
    this.#running.add(running)
    lane.running++
    try {
      const result = await attempt.run(running.controller.signal, () => this.#grace.opened(running))
      await this.#grace.before(attempt.strategy)
      if (this.#over) return this.#options.discard(result)
      const objection = this.#options.objection?.(result)
      if (objection !== undefined) {
        this.#options.discard(result)
        throw new NodeError('NODE_ABORTED', objection)
      }
      this.#running.delete(running)
      const won = { ...attempt, local: formatTransportAddress(result.local) }
      this.#note({ ...running, attempt: won }, 'won', attempt.cause ?? 'connected and authenticated')
      this.#end(result, 'another path won')
    } catch (error) {
      if (this.#over) return
      this.#running.delete(running)
      this.#grace.ended(running)
      this.#note(running, 'failed', (error as Error).message)
      lane.running--
      this.#startNext(lane)
      this.#finishIfNothingIsLeft()
    }
  }

  #finishIfNothingIsLeft(): void {
    const isWaiting = [...this.#lanes.values()].some(({ waiting }) => waiting.length > 0)
    if (this.#holds.size === 0 && this.#running.size === 0 && !isWaiting)
      this.#end(undefined, 'nothing left to try')
  }

  #end(result: Result | undefined, reason: string): void {
    if (this.#over) return
    this.#over = true
    this.#grace.end()
    for (const running of this.#running) {
      this.#note(running, 'cancelled', reason)
      running.controller.abort(new NodeError('NODE_ABORTED', reason))
    }
    for (const { waiting, cancelStart } of this.#lanes.values()) {
      cancelStart?.()
      for (const { attempt } of waiting) {
        this.#note({ attempt, startMs: this.#elapsed() }, 'cancelled', reason)
        attempt.abandon?.()
      }
    }
    this.#settle(result)
  }

  #note(
    { attempt, startMs }: Pick<Running<Result>, 'attempt' | 'startMs'>,
    outcome: Outcome,
    reason: string,
  ): void {
    const { strategy, local, remote } = attempt
    this.report.push({ strategy, local, remote, startMs, endMs: this.#elapsed(), outcome, reason })
  }

  #elapsed(): number {
    return sinceCall(this.#options.startedAt, this.#options.clock.now())
  }
}
