import { equalBytes } from '@p2pd/netif'
import { formatNodeId } from '../identity/node-id.ts'
import type { NodeError } from '../node-error.ts'
import type { NominatedPath } from '../pipes/path.ts'
import type { Message } from '../signalling/message.ts'
import type { Call, Established } from './call.ts'
import { winsGlare } from './glare.ts'

/**
 * The calls that this node is making, and the rule for glare. Of two nodes that call each other at once, the call of the
 * smaller id stands. So there is one pipe. The node of the smaller id ignores the other's offer. The node of the larger id
 * takes the path of the other's call for its own. Calls for a service stand all: they ask for different things.
 */
export class OutgoingCalls {
  readonly #ownId: string
  readonly #calls = new Set<Call>()

  constructor(ownId: string) {
    this.#ownId = ownId
  }

  /** Runs a call; see `Call.run`. */
  async run(call: Call): Promise<Established> {
    this.#calls.add(call)
    try {
      return await call.run()
    } finally {
      this.#calls.delete(call)
    }
  }

  /** Whether an offer of this peer is to be answered; an own call to the peer then yields. */
  yieldTo(peer: Uint8Array, { standsAlone = false }: Pick<Message, 'standsAlone'> = {}): boolean {
    // Two programs of one identity have no smaller id: both calls stand.
    if (standsAlone || formatNodeId(peer) === this.#ownId) return true
    const own = this.#callsTo(peer)
    if (own.length > 0 && winsGlare(this.#ownId, formatNodeId(peer))) return false
    for (const call of own) call.yieldToPeer()
    return true
  }

  /** Takes a path that a peer nominated for an own call that has yielded; false when there is none. */
  adopt(path: NominatedPath): boolean {
    // A node that calls itself is both peers, and no call of it yields.
    const yields = winsGlare(formatNodeId(path.peer), this.#ownId)
    return yields && this.#callsTo(path.peer).some((call) => call.adopt(path))
  }

  /** Ends every call with this error. */
  stop(fault: NodeError): void {
    for (const call of this.#calls) call.stop(fault)
  }

  #callsTo(peer: Uint8Array): Call[] {
    return [...this.#calls].filter((call) => !call.standsAlone && equalBytes(call.peer, peer))
  }
}
