import { type Answer, isAnswer, type Observation } from '../observation.ts'

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
  const seen = new Set<string>()
  const sockets = new Set<number>()
  const allocations: Allocation[] = []
  let before: Observation | undefined
  for (const maker of makers) {
    const { socket, to } = maker.probe
    const key = endpointIndependent ? `${socket}` : `${socket} ${to.ip} ${to.port}`
    if (seen.has(key)) continue
    seen.add(key)
    const fresh = !sockets.has(socket) && isAlone(maker, makers, endpointIndependent)
    sockets.add(socket)
    const witness = endpointIndependent
      ? makers.find((other) => other.probe.socket === socket && isAnswer(other) && trusted(other))
      : maker
    if (witness !== undefined && isAnswer(witness) && trusted(witness)) {
      allocations.push({
        internalPort: witness.internal.port,
        externalPort: witness.external.port,
        fresh,
        next: before !== undefined && isAnswer(before) && trusted(before) && passedBefore(before, maker),
      })
    }
    before = witness ?? maker
  }
  return allocations
}

/** Whether no other destination was probed from the same port at the same time: its order would be unknown. */
function isAlone(maker: Observation, makers: readonly Observation[], endpointIndependent: boolean): boolean {
  if (endpointIndependent) return true
  return makers.every(
    (other) => other === maker || other.probe.socket !== maker.probe.socket || passedBefore(maker, other),
  )
}

/** Whether one probe was through the NAT before the other was sent. */
function passedBefore(first: Observation, second: Observation): boolean {
  return first.passedAt !== undefined && first.passedAt <= second.launchedAt
}
