import { setTimeout as wait } from 'node:timers/promises'
import { abortable } from '@p2pd/netif'
import type { CallOptions } from '../../calls/call.ts'
import type { Node } from '../../node.ts'
import type { Datagrams } from '../../pipes/datagrams.ts'
import type { PeerPipe } from '../../pipes/peer-pipe.ts'
import type { SessionStream } from '../../runtime/session.ts'

/** The service of a peer that a link leads to. */
export interface LinkOptions {
  readonly node: Pick<Node, 'connect'>
  readonly target: string
  readonly service: string
  readonly call?: CallOptions
  /** Done with each pipe before it is used; its failure counts as one of the call. */
  readonly prepare?: (pipe: PeerPipe) => Promise<void>
  /** Called for each pipe, the first and those after a loss. */
  readonly onPipe?: (pipe: PeerPipe) => void
  /** Called when the pipe is lost or the peer silent, and after each call that fails from then on. */
  readonly onLost?: (reason: string, service: string) => void
}

/** Calls to a peer that is away: the first after this, the next after twice the time. */
const RETRY_MS = 500
const LONGEST_RETRY_MS = 15_000
/** A peer that is alive has a path again within this; where it is not, programs that connect are to know it. */
const AWAY_MS = 3000
/** A silent path is noticed within this. Streams that were opened meanwhile are on it. */
const UNNOTICED_MS = 5000

/** One pipe to a service of a peer, called again for as long as it takes when it is lost. */
export class PeerLink {
  readonly #options: LinkOptions
  readonly #over = new AbortController()
  #pipe: PeerPipe | undefined
  /** Counts the time since the pipe lost its path; undefined while it has one. */
  #silence: NodeJS.Timeout | undefined
  #isAway = false
  /** The streams that are open, by the time when they were opened. */
  readonly #openedAt = new Map<SessionStream, number>()

  constructor(options: LinkOptions) {
    this.#options = options
  }

  /** Calls the peer once; fails as `connect` and `prepare` do. Afterwards the link looks after itself. */
  async open(): Promise<void> {
    this.#take(await this.#call())
  }

  /** A new stream to the service; undefined while the peer is away. */
  openStream(): SessionStream | undefined {
    const stream = this.#usable?.openStream()
    if (stream === undefined) return undefined
    this.#openedAt.set(stream, performance.now())
    stream.once('close', () => void this.#openedAt.delete(stream))
    return stream
  }

  /** The datagrams of the pipe; undefined while the peer is away. */
  get datagrams(): Datagrams | undefined {
    return this.#usable?.datagrams
  }

  async close(): Promise<void> {
    this.#over.abort()
    clearTimeout(this.#silence)
    await this.#pipe?.close().catch(() => {}) // Connections that are open have their own errors.
  }

  get #usable(): PeerPipe | undefined {
    return this.#pipe?.closed === false && !this.#isAway ? this.#pipe : undefined
  }

  async #call(): Promise<PeerPipe> {
    const { node, target, service, call, prepare } = this.#options
    const { signal } = this.#over
    const ending = call?.signal === undefined ? signal : AbortSignal.any([call.signal, signal])
    const pipe = await node.connect(target, { ...call, service, signal: ending })
    endWithPeer(pipe)
    try {
      if (prepare !== undefined) await abortable(prepare(pipe), ending)
      return pipe
    } catch (error) {
      void pipe.close().catch(() => {}) // The first error says why.
      throw error
    }
  }

  #take(pipe: PeerPipe): void {
    this.#pipe = pipe
    this.#heard()
    pipe.onPathChange(({ type }) => {
      if (type === 'suspended') this.#silence ??= setTimeout(() => this.#missed(), AWAY_MS)
      else this.#heard()
    })
    pipe.onClose((error) => {
      this.#heard()
      if (this.#over.signal.aborted) return
      this.#pipe = undefined
      this.#lost(error?.message ?? 'the peer has ended the connection')
      void this.#callAgain()
    })
    this.#options.onPipe?.(pipe)
  }

  #heard(): void {
    clearTimeout(this.#silence)
    this.#silence = undefined
    this.#isAway = false
  }

  /**
   * The session goes on for a while, as the peer may be moving, and connections that were open wait for that. Those that
   * nobody has answered since the peer fell silent are refused like later ones.
   */
  #missed(): void {
    this.#isAway = true
    const since = performance.now() - AWAY_MS - UNNOTICED_MS
    for (const [stream, openedAt] of this.#openedAt) {
      const isAnswered = stream.readableDidRead || stream.readableLength > 0
      if (openedAt > since && !isAnswered) stream.destroy()
    }
    this.#lost('the peer does not answer, and new connections are refused')
  }

  #lost(reason: string): void {
    this.#options.onLost?.(reason, this.#options.service)
  }

  async #callAgain(): Promise<void> {
    const { signal } = this.#over
    for (let delay = RETRY_MS; !signal.aborted; delay = Math.min(2 * delay, LONGEST_RETRY_MS)) {
      try {
        await wait(delay, undefined, { signal })
        return this.#take(await this.#call())
      } catch (error) {
        if (!signal.aborted) this.#lost((error as Error).message)
      }
    }
  }
}

/** Closes a pipe whose peer has ended it: its first stream carries no data. */
export function endWithPeer(pipe: PeerPipe): void {
  pipe.stream.on('error', () => {}) // The close reports it.
  pipe.stream.on('end', () => void pipe.close().catch(() => {}))
  pipe.stream.resume()
}
