import { type Clock, sleep } from '@p2pd/netif'
import { NodeError } from '../node-error.ts'
import { isRelayed } from '../pipes/path-policy.ts'
import type { NominatedPath } from '../pipes/path.ts'
import type { PeerSession } from '../pipes/peer-session.ts'
import type { StrategyName } from '../report/report.ts'
import type { Log } from '../runtime/runtime.ts'

/** The parts by which sessions get further paths. */
export interface PathSearchOptions {
  readonly clock: Clock
  /**
   * Calls the peer of a session again; the path is nominated for the session. The strategies are those of its first call
   * unless they are given.
   */
  readonly call: (
    own: PeerSession,
    signal: AbortSignal,
    strategies?: readonly StrategyName[],
  ) => Promise<NominatedPath>
  /** Has the path join when the peer has replied. */
  readonly join: (own: PeerSession, path: NominatedPath) => Promise<void>
  readonly log?: Log | undefined
}

/**
 * A relayed session tries again after 5 s: the peer may have had a call of its own under way. The pause doubles to 10 minutes,
 * since most networks stay as they are.
 */
const FIRST_PAUSE_MS = 5_000
const LONGEST_PAUSE_MS = 600_000

/**
 * Searches for better paths of sessions that have one. A search calls the peer beside the path in use, and the call takes
 * only a path that the path policy prefers. A failed call leaves the session alone. A direct path is searched once, a relayed
 * one until the session has left its relay, has no path, or is over.
 */
export class PathSearch {
  readonly #options: PathSearchOptions
  readonly #searches = new Map<PeerSession, AbortController>()
  #isClosed = false

  constructor(options: PathSearchOptions) {
    this.#options = options
  }

  /** Begins a search, or begins it anew: what it has found out may not hold any more. */
  improve(own: PeerSession): void {
    if (this.#isClosed || own.strategiesForBetter.length === 0) return
    this.#searches.get(own)?.abort(new NodeError('NODE_ABORTED', 'the search for a better path begins anew'))
    const over = new AbortController()
    this.#searches.set(own, over)
    const end = () =>
      over.abort(new NodeError('NODE_ABORTED', 'the session has a direct path, none, or is over'))
    const stopListening = own.onPathEvent(({ type }) => {
      if (type === 'suspended' || (type === 'path' && !isRelayed(own.path))) end()
    })
    const stopWatching = own.session.onClosed(end)
    void this.#search(own, over.signal).finally(() => {
      stopListening()
      stopWatching()
      if (this.#searches.get(own) === over) this.#searches.delete(own)
    })
  }

  close(): void {
    this.#isClosed = true
    for (const over of this.#searches.values())
      over.abort(new NodeError('NODE_CLOSED', 'the node was closed'))
  }

  async #search(own: PeerSession, signal: AbortSignal): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)) {
      if ((await this.#callOnce(own, signal)) || !isRelayed(own.path)) return
      await sleep(this.#options.clock, pauseMs, signal).catch(() => {}) // Aborted: the loop ends.
    }
  }

  /** Whether a better path has joined the session. */
  async #callOnce(own: PeerSession, signal: AbortSignal): Promise<boolean> {
    const { call, join, log } = this.#options
    try {
      await join(own, await call(own, signal, own.strategiesForBetter))
      return true
    } catch (error) {
      if (!signal.aborted) log?.('no-better-path', { reason: (error as Error).message })
      return false
    }
  }
}
