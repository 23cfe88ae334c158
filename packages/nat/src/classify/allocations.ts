import { type Answer, isAnswer, type Observation, type Probe } from '../discovery/observation.ts'
import type { JournalView } from '../discovery/probe-journal.ts'
import { groupBy } from './group-by.ts'

/** A mapping that the NAT made. */
export interface Allocation {
  readonly internalPort: number
  readonly externalPort: number
  /** The internal port had no mapping before. */
  readonly fresh: boolean
  /** This host made no other mapping between the previous one in the list and this one. */
  readonly next: boolean
  /** Mappings of the other protocol that this host made between the previous one in the list and this one. @default 0 */
  readonly between?: number
}

/**
 * The mappings in the order in which the NAT made them. Probes that were under way together have no known order.
 * `journal` has the probes of both protocols, which may share the counter.
 */
export function allocationsOf(
  observations: readonly Observation[],
  trusted: (answer: Answer) => boolean,
  endpointIndependent: boolean,
  journal?: JournalView,
): Allocation[] {
  const others = journal && othersIn(journal, endpointIndependent)
  const bySocket = groupBy(
    observations.filter(({ probe }) => probe.test === 'binding'),
    ({ probe }) => probe.socket,
  )
  const allocations: Allocation[] = []
  let before: Observation | undefined
  let lastMaker: Observation | undefined
  for (const maker of makersOf(observations, endpointIndependent)) {
    const own = bySocket.get(maker.probe.socket) ?? []
    const witness = endpointIndependent
      ? (own.find((other) => isAnswer(other) && trusted(other)) ?? maker)
      : maker
    if (isAnswer(witness) && trusted(witness)) {
      allocations.push({
        internalPort: witness.internal.port,
        externalPort: witness.external.port,
        fresh: endpointIndependent || isFirst(maker, own),
        next: before !== undefined && isAnswer(before) && trusted(before) && passedBefore(before, maker),
        ...(lastMaker !== undefined && others !== undefined && { between: others(lastMaker, maker) }),
      })
    }
    before = witness
    lastMaker = maker
  }
  return allocations
}

/** The probes that made a mapping: the first of each port, or of each port and destination. */
function makersOf<Made extends { readonly probe: Pick<Probe, 'test' | 'socket' | 'to'> }>(
  observations: readonly Made[],
  endpointIndependent: boolean,
): Made[] {
  const seen = new Set<string>()
  return observations.filter(({ probe: { test, socket, to } }) => {
    const key = endpointIndependent ? `${socket}` : `${socket} ${to.ip} ${to.port}`
    return test === 'binding' && !seen.has(key) && seen.add(key)
  })
}

/** Counts the mappings that the other protocol made between two probes of this one. */
function othersIn(
  { protocol, sent }: JournalView,
  endpointIndependent: boolean,
): (a: Observation, b: Observation) => number {
  const makers = new Set(
    makersOf(
      sent.filter((one) => one.protocol !== protocol).map((probe) => ({ probe })),
      endpointIndependent,
    ).map(({ probe }) => probe),
  )
  const placeOf = ({ probe }: Observation) =>
    sent.findIndex((one) => one.protocol === protocol && one.id === probe.id)
  return (a, b) => {
    const [from, to] = [placeOf(a), placeOf(b)]
    return from < 0 || to < 0 ? 0 : sent.slice(from, to).filter((one) => makers.has(one)).length
  }
}

/** Whether a probe made the first mapping of its port. Among several at the same time none is known to be first. */
function isFirst(maker: Observation, own: readonly Observation[]): boolean {
  return own.every((other) => other === maker || passedBefore(maker, other))
}

/** Whether one probe had passed the NAT before the other was sent. */
function passedBefore(first: Observation, second: Observation): boolean {
  return first.passedAt !== undefined && first.passedAt <= second.launchedAt
}
