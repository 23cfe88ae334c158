import type { Pipe as PipeResource } from '@p2pd/client'
import type { CallOptions, Candidate, PeerPipe, RelayPolicy } from '@p2pd/node'
import { connectByDaemon, definedOf, takePipe } from './daemon-pipe.ts'
import type { DaemonSession, OwnEvent } from './daemon-session.ts'
import { asOwnFailure } from './find-daemon.ts'

type OnPipe = (pipe: PeerPipe) => void | Promise<void>

/** The node of the daemon, as commands use one. */
export class DaemonNode {
  readonly id: string
  readonly #session: DaemonSession
  readonly #relay: RelayPolicy | undefined
  /** By service; the raw pipe has the empty one. */
  readonly #listeners = new Map<string, OnPipe>()

  /** `relay` is for calls without a policy of their own. */
  constructor(session: DaemonSession, relay: RelayPolicy | undefined) {
    this.id = session.daemon.id
    this.#session = session
    this.#relay = relay
    session.onEvent((event) => this.#take(event))
  }

  connect(target: string, options: CallOptions = {}): Promise<PeerPipe> {
    return connectByDaemon(this.#session, target, { relay: this.#relay, ...options })
  }

  async address(): Promise<string> {
    return (await this.#client.request('get /v1/node')).address
  }

  async candidates(): Promise<readonly Candidate[]> {
    return (await this.#client.request('get /v1/candidates')).items as readonly Candidate[]
  }

  /** Takes the raw pipes of callers. Fails with `DAEMON_IN_USE` while another command does. */
  async onPipe(listener: OnPipe): Promise<void> {
    this.#listeners.set('', listener)
    const { id } = this.#session
    await this.#client.request('put /v1/listener', { body: { client: id } }).catch(rethrow)
  }

  /** Takes the pipes of a service. Again for the same service it changes who may use it. */
  async serve(name: string, allow: readonly string[], listener: OnPipe): Promise<void> {
    this.#listeners.set(name, listener)
    await this.offer(name, { allow })
  }

  /** Offers a service; with `to` the daemon itself connects its callers. */
  async offer(name: string, { to, allow }: { readonly to?: string; readonly allow: readonly string[] }) {
    const body = definedOf({ client: this.#session.id, to, allow: [...allow] })
    await this.#client.request('put /v1/services/{name}', { path: { name }, body }).catch(rethrow)
  }

  /** Listens for events about what the command has opened; returns what stops it. */
  onEvent(listener: (event: OwnEvent) => void): () => void {
    return this.#session.onEvent(listener)
  }

  get #client() {
    return this.#session.daemon.client
  }

  #take({ type, pipe }: OwnEvent): void {
    const opened = pipe as PipeResource
    if (type !== 'pipe-opened' || opened.direction !== 'in') return
    const listener = this.#listeners.get(opened.service)
    if (listener === undefined) return
    takePipe(this.#session, opened)
      .then(listener)
      .catch(() => {}) // It has ended meanwhile, or its listener has failed and reported it.
  }
}

function rethrow(error: unknown): never {
  throw asOwnFailure(error)
}
