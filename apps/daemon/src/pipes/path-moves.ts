import { formatTransportAddress } from '@p2pd/netif'
import type { PathEvent, PeerPipe } from '@p2pd/node'

/** The changes of a pipe that are kept: a path that flaps must not fill the memory. */
const KEPT = 50

/** A change of the path under a pipe, as clients see it. */
export interface PathMove {
  readonly at: string
  readonly type: PathEvent['type']
  readonly [field: string]: unknown
}

/** Says a change of path in JSON; addresses are text. */
export function describeMove(event: PathEvent, at = new Date()): PathMove {
  const { type } = event
  const time = at.toISOString()
  if (type === 'suspended') return { at: time, type, reason: event.reason }
  if (type === 'resumed') return { at: time, type, strategy: event.strategy, afterMs: event.afterMs }
  const { strategy, local, remote, reason } = event
  return {
    at: time,
    type,
    strategy,
    local: formatTransportAddress(local),
    remote: formatTransportAddress(remote),
    reason,
  }
}

/** The last changes of the path under one pipe. */
export class PathMoves {
  readonly #moves: PathMove[] = []
  #isSuspended = false

  constructor(pipe: Pick<PeerPipe, 'onPathChange'>) {
    pipe.onPathChange((event) => {
      this.#isSuspended = event.type === 'suspended'
      this.#moves.push(describeMove(event))
      if (this.#moves.length > KEPT) this.#moves.shift()
    })
  }

  /** Whether the pipe has no path for now. */
  get isSuspended(): boolean {
    return this.#isSuspended
  }

  /** Oldest first. */
  list(): PathMove[] {
    return [...this.#moves]
  }
}
