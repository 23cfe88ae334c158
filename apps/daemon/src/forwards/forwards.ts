import { systemReason } from '@p2pd/netif'
import type { Node, PeerPipe, StrategyName } from '@p2pd/node'
import {
  type Endpoint,
  formatEndpoint,
  listenLocally,
  type LocalListener,
  parseRemoteService,
  PeerLink,
} from '@p2pd/node/node'
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
  resource: ForwardResource
}

/** The local ports and sockets that lead to services of peers. */
export class Forwards {
  readonly #node: Pick<Node, 'connect'>
  readonly #onChange: ForwardListener
  readonly #forwards = new Map<string, Forward>()
  #last = 0
  #isClosed = false

  constructor(node: Pick<Node, 'connect'>, onChange: ForwardListener) {
    this.#node = node
    this.#onChange = onChange
  }

  /** The oldest first. */
  list(): ForwardResource[] {
    return [...this.#forwards.values()].map(({ resource }) => resource)
  }

  /** Throws `DAEMON_NO_FORWARD`. */
  get(id: string): ForwardResource {
    return this.#get(id).resource
  }

  /** Calls the peer, then listens. Fails as `connect` does, with `DAEMON_LISTEN` or `DAEMON_BUSY`. */
  async open({ local, timeoutMs, signal, ...wish }: ForwardWish): Promise<ForwardResource> {
    if (this.#forwards.size >= MAX_FORWARDS)
      throw new DaemonError('DAEMON_BUSY', `${MAX_FORWARDS} forwards are open: close some`)
    const { target, service } = parseRemoteService(`${wish.target}:${wish.service}`, local.type)
    const id = String(++this.#last)
    let pipe: PeerPipe | undefined
    const link = new PeerLink({
      node: this.#node,
      target,
      service,
      call: { ...(timeoutMs !== undefined && { timeoutMs }), signal },
      onPipe: (found) => {
        pipe = found
        this.#change(id, connectedBy(found))
        found.onPathChange(() => pipe === found && this.#change(id, connectedBy(found)))
      },
      onLost: (reason) => this.#change(id, { state: 'away', reason }),
    })
    try {
      await link.open()
      const listener = await this.#listen(id, local, link)
      const known = { id, target, service, connections: 0, startedAt: new Date().toISOString() }
      const resource = { ...known, local: formatEndpoint(listener.local), ...connectedBy(pipe) }
      this.#forwards.set(id, { link, listener, resource })
      this.#onChange('opened', resource)
      if (this.#isClosed) await this.close(id)
      return resource
    } catch (error) {
      await link.close()
      throw error
    }
  }

  /** Throws `DAEMON_NO_FORWARD`. */
  async close(id: string): Promise<void> {
    const { link, listener, resource } = this.#get(id)
    this.#forwards.delete(id)
    listener.close()
    this.#onChange('closed', resource)
    await link.close()
  }

  async closeAll(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#forwards.keys()].map((id) => this.close(id)))
  }

  #get(id: string): Forward {
    const forward = this.#forwards.get(id)
    if (forward === undefined) throw new DaemonError('DAEMON_NO_FORWARD', `there is no forward ${id}`)
    return forward
  }

  /** Before a forward listens nobody sees it. */
  #change(id: string, change: Partial<ForwardResource>): void {
    const forward = this.#forwards.get(id)
    if (forward === undefined) return
    const { reason: _, ...rest } = forward.resource
    forward.resource = { ...rest, ...change }
    this.#onChange('changed', forward.resource)
  }

  async #listen(id: string, local: Endpoint, link: PeerLink): Promise<LocalListener> {
    try {
      const open = () => {
        const stream = link.openStream()
        const forward = this.#forwards.get(id)
        if (stream !== undefined && forward !== undefined)
          forward.resource = { ...forward.resource, connections: forward.resource.connections + 1 }
        return stream
      }
      return await listenLocally(local, open, { datagrams: () => link.datagrams })
    } catch (cause) {
      const reason = systemReason(cause)
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
