import type { Node, PeerPipe } from '@p2pd/node'
import {
  type Endpoint,
  formatEndpoint,
  listenLocally,
  type LocalListener,
  parseRemoteService,
  PeerLink,
} from '@p2pd/node/node'
import type { StrategyName } from '@p2pd/node'
import { DaemonError } from '../daemon-error.ts'

/** More than a person sets up. */
const MAX_FORWARDS = 256

/** A forward, as clients see it. */
export interface ForwardResource {
  readonly id: string
  readonly local: string
  readonly target: string
  readonly service: string
  readonly state: 'connected' | 'away'
  readonly peer?: string
  readonly strategy?: StrategyName
  readonly reason?: string
  readonly connections: number
  readonly startedAt: string
}

/** A wish for a forward. */
export interface ForwardWish {
  readonly local: Endpoint
  readonly target: string
  readonly service: string
  readonly timeoutMs?: number | undefined
  readonly signal: AbortSignal
}

/** Called when a forward has opened, has lost its peer or found it again, or has closed. */
export type ForwardListener = (change: 'opened' | 'changed' | 'closed', forward: ForwardResource) => void

interface Forward {
  readonly link: PeerLink
  readonly listener: LocalListener
}

/** The local ports and sockets that lead to services of peers. */
export class Forwards {
  readonly #node: Pick<Node, 'connect'>
  readonly #onChange: ForwardListener
  readonly #open = new Map<string, Forward>()
  readonly #resources = new Map<string, ForwardResource>()
  #last = 0

  constructor(node: Pick<Node, 'connect'>, onChange: ForwardListener) {
    this.#node = node
    this.#onChange = onChange
  }

  /** The oldest first. */
  list(): ForwardResource[] {
    return [...this.#resources.values()]
  }

  /** Throws `DAEMON_NO_FORWARD`. */
  get(id: string): ForwardResource {
    const forward = this.#resources.get(id)
    if (forward === undefined) throw new DaemonError('DAEMON_NO_FORWARD', `there is no forward ${id}`)
    return forward
  }

  /** Calls the peer, then listens. Fails as `connect` does, with `DAEMON_LISTEN` or `DAEMON_BUSY`. */
  async open({ local, timeoutMs, signal, ...wish }: ForwardWish): Promise<ForwardResource> {
    if (this.#open.size >= MAX_FORWARDS)
      throw new DaemonError('DAEMON_BUSY', `${MAX_FORWARDS} forwards are open: close some`)
    const { target, service } = parseRemoteService(`${wish.target}:${wish.service}`, local.type)
    const id = String(++this.#last)
    const link = new PeerLink({
      node: this.#node,
      target,
      service,
      call: { ...(timeoutMs !== undefined && { timeoutMs }), signal },
      onPipe: (pipe) => this.#found(id, pipe),
      onLost: (reason) => this.#change(id, { state: 'away', reason }),
    })
    const known = { id, target, service, connections: 0, startedAt: new Date().toISOString() }
    try {
      await link.open()
      const listener = await this.#listen(id, local, link)
      this.#open.set(id, { link, listener })
      const pipe = this.#pipes.get(id)
      const forward = { ...known, local: formatEndpoint(listener.local), ...connectedBy(pipe) }
      this.#resources.set(id, forward)
      this.#onChange('opened', forward)
      return forward
    } catch (error) {
      await link.close()
      throw error
    } finally {
      this.#pipes.delete(id)
    }
  }

  /** Throws `DAEMON_NO_FORWARD`. */
  async close(id: string): Promise<void> {
    const forward = this.get(id)
    const { link, listener } = this.#open.get(id) as Forward
    this.#open.delete(id)
    this.#resources.delete(id)
    listener.close()
    this.#onChange('closed', forward)
    await link.close()
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((id) => this.close(id)))
  }

  /** The pipes of forwards that do not listen yet. */
  readonly #pipes = new Map<string, PeerPipe>()

  #found(id: string, pipe: PeerPipe): void {
    if (!this.#resources.has(id)) this.#pipes.set(id, pipe)
    else this.#change(id, connectedBy(pipe))
    pipe.onPathChange(() => this.#change(id, connectedBy(pipe)))
  }

  #change(id: string, change: Partial<ForwardResource>): void {
    const known = this.#resources.get(id)
    if (known === undefined) return
    const { reason: _, ...rest } = known
    const forward = { ...rest, ...change }
    this.#resources.set(id, forward)
    this.#onChange('changed', forward)
  }

  async #listen(id: string, local: Endpoint, link: PeerLink): Promise<LocalListener> {
    try {
      return await listenLocally(local, () => {
        const stream = link.openStream()
        const known = this.#resources.get(id)
        if (stream !== undefined && known !== undefined)
          this.#resources.set(id, { ...known, connections: known.connections + 1 })
        return stream
      })
    } catch (cause) {
      const reason = (cause as Error).message
      throw new DaemonError('DAEMON_LISTEN', `cannot listen on ${formatEndpoint(local)}: ${reason}`, {
        cause,
      })
    }
  }
}

function connectedBy(pipe: PeerPipe | undefined) {
  const state = 'connected' as const
  return { state, ...(pipe && { peer: pipe.peer, strategy: pipe.connection.strategy }) }
}
