import { type Clock, formatTransportAddress, type TransportAddress } from '@p2pd/netif'
import { NodeError } from './node-error.ts'
import type { Outcome, ReportLine, StrategyName } from './report.ts'

/** What every result of a race tells. */
interface Located {
  /** The local end as it came to be; before that only its family is known. */
  readonly local: TransportAddress
}

/** One way to reach the peer: what it is called in the report, and how it is done. */
export interface Attempt<Result> {
  readonly strategy: StrategyName
  readonly local: string
  readonly remote: string
  /** Ends promptly, by error, once `signal` aborts. */
  run(signal: AbortSignal): Promise<Result>
  /** Frees what the attempt already has; called instead of `run` when the race ends before its turn. @default nothing */
  abandon?(): void
}

/** What a race needs of its surroundings. */
export interface RaceOptions<Result> {
  readonly clock: Clock
  /** When the call began; the report counts from here. */
  readonly startedAt: number
  /** Disposes of a result that came after the winner. */
  discard(result: Result): void
}

/** An attempt under way. */
interface Running<Result> {
  readonly attempt: Attempt<Result>
  readonly startMs: number
  readonly controller: AbortController
}

/** Later attempts start this much apart: enough for a LAN to win alone. RFC 8305 §5 allows 10 ms at least. */
const STAGGER_MS = 20
/** Dials under way at once. */
const MAX_RUNNING = 16

/**
 * Runs attempts, staggered, as they become known; the first to succeed wins and the others are
 * cancelled. Every attempt leaves a line in the report.
 */
export class Race<Result extends Located> {
  readonly report: ReportLine[] = []
  /** The winner's result; undefined when every attempt failed and nobody holds the race, or when it was stopped. */
  readonly finished: Promise<Result | undefined>
  readonly #waiting: Attempt<Result>[] = []
  readonly #running = new Set<Running<Result>>()
  readonly #holds = new Set<object>()
  readonly #options: RaceOptions<Result>
  #settle!: (result: Result | undefined) => void
  #cancelStart: (() => void) | undefined
  #nextStart = 0
  #over = false

  constructor(options: RaceOptions<Result>) {
    this.#options = options
    this.finished = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  add(attempt: Attempt<Result>): void {
    if (this.#over) return attempt.abandon?.()
    this.#waiting.push(attempt)
    this.#startNext()
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

  /** Keeps the race open for attempts to come; returns what lets go. */
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

  #startNext(): void {
    if (this.#cancelStart !== undefined || this.#running.size >= MAX_RUNNING) return
    if (this.#waiting.length === 0) return
    const { clock } = this.#options
    this.#cancelStart = clock.at(this.#nextStart, () => {
      this.#cancelStart = undefined
      this.#nextStart = clock.now() + STAGGER_MS
      const attempt = this.#waiting.shift()
      if (attempt !== undefined) void this.#run(attempt)
      this.#startNext()
    })
  }

  async #run(attempt: Attempt<Result>): Promise<void> {
    const running = { attempt, startMs: this.#elapsed(), controller: new AbortController() }
    this.#running.add(running)
    try {
      const result = await attempt.run(running.controller.signal)
      if (this.#over) return this.#options.discard(result)
      this.#running.delete(running)
      const won = { ...attempt, local: formatTransportAddress(result.local) }
      this.#note({ ...running, attempt: won }, 'won', 'connected and authenticated')
      this.#end(result, 'another path won')
    } catch (error) {
      if (this.#over) return
      this.#running.delete(running)
      this.#note(running, 'failed', (error as Error).message)
      this.#startNext()
      this.#finishIfNothingIsLeft()
    }
  }

  #finishIfNothingIsLeft(): void {
    if (this.#holds.size === 0 && this.#running.size === 0 && this.#waiting.length === 0) {
      this.#end(undefined, 'nothing left to try')
    }
  }

  #end(result: Result | undefined, reason: string): void {
    if (this.#over) return
    this.#over = true
    this.#cancelStart?.()
    for (const running of this.#running) {
      this.#note(running, 'cancelled', reason)
      running.controller.abort(new NodeError('NODE_ABORTED', reason))
    }
    for (const attempt of this.#waiting) {
      this.#note({ attempt, startMs: this.#elapsed() }, 'cancelled', reason)
      attempt.abandon?.()
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

  /** Milliseconds since the call, to the tenth. */
  #elapsed(): number {
    return Math.round((this.#options.clock.now() - this.#options.startedAt) * 10) / 10
  }
}
