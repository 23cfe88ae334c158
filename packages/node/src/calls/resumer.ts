import { NodeError } from '../node-error.ts'
import type { PeerSession } from '../pipes/peer-session.ts'
import { PathSearch, type PathSearchOptions } from './path-search.ts'

/** The pause after a failed call: it doubles with each, since an outage that has lasted will probably go on. */
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000
/** How long the peer's own call may take, where glare lets that one stand. */
const YIELD_MS = 3000

/** The end of one call of a search. */
type Outcome = 'joined' | 'unknown' | 'stopped' | 'yielded' | 'failed'

/** The search for a path of one session. */
interface Search {
  /** Ends the call under way. */
  restart: () => void
  /** Ends the pause after a failed one. */
  wake: () => void
}

/**
 * Calls the peers of sessions that have no path, until they have one or are over. Both ends of a session do so, each by
 * its own call. When both succeed, the session has two paths and keeps one. Offers follow the rule of glare, since two
 * punches of one pair would take each other's packets: the call of the smaller id stands.
 */
export class Resumer {
  readonly #options: PathSearchOptions
  readonly #searches = new Map<PeerSession, Search>()
  readonly #betterPaths: PathSearch
  #isClosed = false

  constructor(options: PathSearchOptions) {
    this.#options = options
    this.#betterPaths = new PathSearch(options)
  }

  /** Looks for a path, if it does not do so already. */
  resume(own: PeerSession): void {
    if (this.#isClosed || this.#searches.has(own)) return
    const search: Search = { restart: () => {}, wake: () => {} }
    this.#searches.set(own, search)
    const end = () => {
      search.restart()
      search.wake()
    }
    const stopListening = own.onPathEvent(({ type }) => {
      if (type === 'resumed') end() // The peer was faster.
    })
    own.session.onClosed(end)
    void this.#search(own, search).finally(() => {
      stopListening()
      this.#searches.delete(own)
    })
  }

  /** Looks for a better path beside the one in use. */
  improve(own: PeerSession): void {
    this.#betterPaths.improve(own)
  }

  /** The network of this host has changed: calls under way are of the one before. */
  restart(): void {
    for (const search of this.#searches.values()) {
      search.restart()
      search.wake()
    }
  }

  /** Something has changed that may let a call succeed, such as a broker that is back. */
  wake(): void {
    for (const search of this.#searches.values()) search.wake()
  }

  close(): void {
    this.#isClosed = true
    this.#betterPaths.close()
    this.restart()
  }

  async #search(own: PeerSession, search: Search): Promise<void> {
    for (let failures = 0; own.isSuspended && !this.#isClosed; failures++) {
      const result = await this.#callAgain(own, search)
      if (result === 'unknown') return own.session.forget()
      if (result === 'stopped') failures = -1
      else if (own.isSuspended && !this.#isClosed) {
        const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures)
        await this.#pause(result === 'yielded' ? YIELD_MS : pauseMs, search)
      }
    }
  }

  async #callAgain(own: PeerSession, search: Search): Promise<Outcome> {
    const { call, join, log } = this.#options
    const over = new AbortController()
    search.restart = () =>
      over.abort(new NodeError('NODE_ABORTED', 'the network changed, or a path was found'))
    try {
      await join(own, await call(own, over.signal))
      return 'joined'
    } catch (error) {
      const { code, message } = error as Partial<NodeError>
      log?.('resume-failed', { reason: message })
      if (code === 'NODE_SESSION') return 'unknown'
      if (over.signal.aborted) return 'stopped'
      return code === 'NODE_ABORTED' ? 'yielded' : 'failed'
    } finally {
      search.restart = () => {}
    }
  }

  #pause(pauseMs: number, search: Search): Promise<void> {
    const { clock } = this.#options
    return new Promise((resolve) => {
      const cancel = clock.at(clock.now() + pauseMs, resolve)
      search.wake = () => {
        cancel()
        search.wake = () => {}
        resolve()
      }
    })
  }
}
