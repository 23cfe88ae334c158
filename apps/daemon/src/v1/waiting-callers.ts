import type { Node, WaitingCaller } from '@p2pd/node'
import { DaemonError } from '../daemon-error.ts'

/** A caller that waits, as clients see it. */
export interface WaitingResource {
  readonly id: string
  readonly peer: string
  readonly service: string
  /** When a client could first see it. */
  readonly at: string
}

/** Gives the callers that wait ids, so that clients can name the one that they decide about. */
export class WaitingCallers {
  readonly #node: Pick<Node, 'waiting'>
  readonly #known = new WeakMap<WaitingCaller, WaitingResource>()
  #last = 0

  constructor(node: Pick<Node, 'waiting'>) {
    this.#node = node
  }

  /** The oldest first. */
  list(): WaitingResource[] {
    return this.#node.waiting().map((caller) => this.describe(caller))
  }

  describe(caller: WaitingCaller): WaitingResource {
    const known = this.#known.get(caller)
    if (known !== undefined) return known
    const { peer, service } = caller
    const resource = { id: String(++this.#last), peer, service, at: new Date().toISOString() }
    this.#known.set(caller, resource)
    return resource
  }

  /** Throws `DAEMON_NO_CALLER` when it no longer waits. */
  get(id: string): WaitingCaller {
    const caller = this.#node.waiting().find((one) => this.describe(one).id === id)
    if (caller === undefined) throw new DaemonError('DAEMON_NO_CALLER', `no caller ${id} waits any more`)
    return caller
  }
}
