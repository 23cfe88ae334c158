import { formatTransportAddress } from '@p2pd/netif'
import { groupBy } from '../classify/group-by.ts'
import { isOver, type Observation } from '../discovery/observation.ts'
import { isBehaviourKnown } from './discovery-progress.ts'
import { planFiltering } from './plan-filtering.ts'
import { planHairpin, planVerify } from './plan-mapping.ts'
import type { DiscoveryView, ProbeDraft } from './view.ts'

/** The table of the NAT may be small. The race of the servers takes nine sockets, and one is left. */
const MAX_SOCKETS = 10

/** Socket numbers in use now or later, each with its probes. */
export function socketsInUse(view: DiscoveryView): Map<number, Observation[]> {
  const won = view.assessment.answers[0]
  const kept = view.observations.filter(
    (observation) =>
      !isOver(observation) || ['address', 'mapping', 'filtering'].includes(observation.probe.purpose),
  )
  const bySocket = groupBy(kept, ({ probe }) => probe.socket)
  for (const [socket, own] of bySocket) {
    // The discovery does not wait for servers that lost the race.
    const lost =
      won !== undefined &&
      own.every(({ probe }) => probe.purpose === 'address') &&
      own[0]?.probe.server !== won.probe.server
    if (lost || (own.every(isOver) && !isReserved(own, view))) bySocket.delete(socket)
  }
  return bySocket
}

/** The socket of the filtering tests and the socket of the mapping test are used more than once. */
function isReserved(own: readonly Observation[], view: DiscoveryView): boolean {
  if (own.some(({ probe }) => probe.purpose === 'mapping'))
    return !isBehaviourKnown(view) || planVerify(view).length > 0 || planHairpin(view).length > 0
  if (!own.some(({ probe }) => probe.purpose === 'address')) return false
  return view.assessment.filtering.progress !== 'settled' || planFiltering(view).length > 0
}

/** The first drafts, as many as the sockets allow. */
export function withinSocketLimit(view: DiscoveryView, drafts: readonly ProbeDraft[]): readonly ProbeDraft[] {
  const open = new Set<string>()
  // A listener stays open after its test.
  for (const own of socketsInUse(view).values())
    for (const { probe, state } of own)
      if (state === 'pending' || state === 'answered' || probe.purpose === 'filtering')
        for (const name of resourcesOf(probe, view)) open.add(name)
  const count = drafts.findIndex((draft) => {
    for (const name of resourcesOf(draft, view)) open.add(name)
    return open.size > MAX_SOCKETS
  })
  return count < 0 ? drafts : drafts.slice(0, count)
}

/** The sockets that a probe takes: over UDP one for each number; over TCP connections, and a listener for filtering. */
function resourcesOf({ socket, to, purpose }: ProbeDraft, { setup }: DiscoveryView): string[] {
  if (setup.protocol === 'udp') return [`${socket}`]
  const connection = `${socket} ${formatTransportAddress(to)}`
  return purpose === 'filtering' ? [connection, `${socket} listens`] : [connection]
}
