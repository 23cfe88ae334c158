import { type Answer, isAnswer, type Observation } from '../discovery/observation.ts'
import { groupBy } from './group-by.ts'

/** A mapping that the NAT was seen to make. */
export interface Allocation {
  readonly internalPort: number
  readonly externalPort: number
  /** The internal port had no mapping before. */
  readonly fresh: boolean
  /** Nothing of this host's came between the one before in the list and this one. */
  readonly next: boolean
}

/**
 * The mappings in the order they were made, as far as one is known: probes that were under way
 * together have none.
 */
export function allocationsOf(
  observations: readonly Observation[],
  trusted: (answer: Answer) => boolean,
  endpointIndependent: boolean,
): Allocation[] {
  const makers = observations.filter(({ probe }) => probe.test === 'binding')
  const bySocket = groupBy(makers, ({ probe }) => probe.socket)
  const seen = new Set<string>()
  const allocations: Allocation[] = []
  let before: Observation | undefined
  for (const maker of makers) {
    const { socket, to } = maker.probe
    const own = bySocket.get(socket) ?? []
    const key = endpointIndependent ? `${socket}` : `${socket} ${to.ip} ${to.port}`
    if (seen.has(key)) continue
    seen.add(key)
    const witness = endpointIndependent
      ? (own.find((other) => isAnswer(other) && trusted(other)) ?? maker)
      : maker
    if (isAnswer(witness) && trusted(witness)) {
      allocations.push({
        internalPort: witness.internal.port,
        externalPort: witness.external.port,
        fresh: endpointIndependent || isFirst(maker, own),
        next: before !== undefined && isAnswer(before) && trusted(before) && passedBefore(before, maker),
      })
    }
    before = witness
  }
  return allocations
}

/** Whether a probe's mapping was its port's first: of several at the same time none is known to be. */
function isFirst(maker: Observation, own: readonly Observation[]): boolean {
  return own.every((other) => other === maker || passedBefore(maker, other))
}

/** Whether one probe was through the NAT before the other was sent. */
function passedBefore(first: Observation, second: Observation): boolean {
  return first.passedAt !== undefined && first.passedAt <= second.launchedAt
}
