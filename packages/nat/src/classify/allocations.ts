import { type Answer, isAnswer, type Observation } from '../discovery/observation.ts'
import { groupBy } from './group-by.ts'

/** A mapping that the NAT made. */
export interface Allocation {
  readonly internalPort: number
  readonly externalPort: number
  /** The internal port had no mapping before. */
  readonly fresh: boolean
  /** This host made no other mapping between the previous one in the list and this one. */
  readonly next: boolean
}

/**
 * The mappings in the order in which the NAT made them. Probes that were under way together have no known order.
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

/** Whether a probe made the first mapping of its port. Among several at the same time none is known to be first. */
function isFirst(maker: Observation, own: readonly Observation[]): boolean {
  return own.every((other) => other === maker || passedBefore(maker, other))
}

/** Whether one probe had passed the NAT before the other was sent. */
function passedBefore(first: Observation, second: Observation): boolean {
  return first.passedAt !== undefined && first.passedAt <= second.launchedAt
}
