import { type Candidate, dialable, hostCandidates } from './candidate.ts'
import { directAttempt } from './direct.ts'
import type { Exchange } from './exchange.ts'
import { CONNECTION_ID_LENGTH } from './hello.ts'
import { NodeError } from './node-error.ts'
import type { Path } from './path.ts'
import { Race } from './race.ts'
import type { ReportLine, StrategyName } from './report.ts'
import type { Runtime } from './runtime.ts'

/** Whom to call, with what is known of it already. */
export interface Callee {
  readonly publicKey: Uint8Array
  /** Dialled at once; empty when only the id is known. */
  readonly candidates: readonly Candidate[]
}

/** How to call. */
export interface CallOptions {
  /** Tried in this order. @default all there are */
  readonly strategies?: readonly StrategyName[]
  /** @default 30000 */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** A call that succeeded. */
export interface Established {
  readonly path: Path
  readonly elapsedMs: number
  readonly report: readonly ReportLine[]
}

/** Three times what the slowest path in use takes; a peer that does not answer is given up before. */
const CALL_TIMEOUT_MS = 30_000

/** One `connect`: offers, dials, and the race between the paths. Used once. */
export class Call {
  readonly #runtime: Runtime
  readonly #callee: Callee
  readonly #port: number
  readonly #connectionId: Uint8Array
  readonly #race: Race<Path>
  readonly #startedAt: number
  readonly #over = new AbortController()
  readonly #dialled = new Set<string>()
  /** Why no attempt could be made, when that is so. */
  #fault: NodeError | undefined

  /** `port` is where this node listens itself: it goes into the offer. */
  constructor(runtime: Runtime, callee: Callee, port: number) {
    this.#runtime = runtime
    this.#callee = callee
    this.#port = port
    this.#connectionId = runtime.random(CONNECTION_ID_LENGTH)
    this.#startedAt = runtime.clock.now()
    this.#race = new Race({
      clock: runtime.clock,
      startedAt: this.#startedAt,
      discard: (path) => path.stream.destroy(),
    })
  }

  /** Runs the call; `exchange` is absent when there is no signalling. */
  async run(exchange: Exchange | undefined, options: CallOptions): Promise<Established> {
    const { clock } = this.#runtime
    const timeoutMs = options.timeoutMs ?? CALL_TIMEOUT_MS
    const timedOut = new NodeError('NODE_TIMEOUT', `not connected within ${timeoutMs} ms`)
    const cancelTimeout = clock.at(this.#startedAt + timeoutMs, () => this.stop(timedOut))
    const aborted = () =>
      this.stop(new NodeError('NODE_ABORTED', 'connect was aborted', { cause: options.signal?.reason }))
    options.signal?.addEventListener('abort', aborted)
    try {
      if (options.signal?.aborted) aborted()
      else void this.#gather(exchange, options.strategies)
      const path = await this.#race.finished
      if (path === undefined) throw this.#failure()
      path.stream.write(this.#connectionId)
      return { path, elapsedMs: clock.now() - this.#startedAt, report: this.#race.report }
    } finally {
      cancelTimeout()
      options.signal?.removeEventListener('abort', aborted)
      this.#over.abort(new NodeError('NODE_ABORTED', 'the call is over'))
    }
  }

  /** Adds attempts for what is known at once, then for what the peer answers. */
  async #gather(
    exchange: Exchange | undefined,
    strategies: readonly StrategyName[] | undefined,
  ): Promise<void> {
    try {
      if (strategies !== undefined && !strategies.includes('direct')) return
      const interfaces = await this.#runtime.network.interfaces()
      const dial = (candidates: readonly Candidate[]) => {
        for (const candidate of dialable(candidates, interfaces)) this.#dial(candidate)
      }
      dial(this.#callee.candidates)
      const offer = { connectionId: this.#connectionId, candidates: hostCandidates(interfaces, this.#port) }
      if (exchange !== undefined) dial(await exchange.offer(this.#callee.publicKey, offer, this.#over.signal))
    } catch (error) {
      this.#fault = error instanceof NodeError ? error : undefined
    } finally {
      this.#race.complete()
    }
  }

  #dial(candidate: Candidate): void {
    const key = `${candidate.ip} ${candidate.port}`
    if (this.#dialled.has(key)) return
    this.#dialled.add(key)
    this.#race.add(directAttempt(this.#runtime, this.#callee.publicKey, candidate))
  }

  /** Ends the call; `run` fails with this. */
  stop(fault: NodeError): void {
    this.#fault = fault
    this.#race.stop(fault.message)
  }

  #failure(): NodeError {
    const { report } = this.#race
    const fault = this.#fault
    if (fault !== undefined) return new NodeError(fault.code, fault.message, { cause: fault, report })
    const reasons = report.map((line) => `${line.remote}: ${line.reason}`)
    const why =
      reasons.length === 0 ? 'the peer gave no candidate that this host can dial' : reasons.join('; ')
    return new NodeError('NODE_UNREACHABLE', `the peer was not reached: ${why}`, { report })
  }
}
