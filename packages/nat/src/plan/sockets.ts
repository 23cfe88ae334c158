import { formatTransportAddress } from '@p2pd/netif'
import { groupBy } from '../classify/group-by.ts'
import { isOver, type Observation } from '../discovery/observation.ts'
import { behaviourIsKnown } from './known.ts'
import { planFiltering } from './plan-filtering.ts'
import { planHairpin, planVerify } from './plan-mapping.ts'
import type { DiscoveryView, ProbeDraft } from './view.ts'

/** A host has more, a NAT's table may not: the race of the servers needs nine, and one is left. */
const MAX_SOCKETS = 10

/** Socket numbers that are in use or will be, each with its probes. */
export function neededSockets(view: DiscoveryView): Map<number, Observation[]> {
  const won = view.assessment.answers[0]
  const kept = view.observations.filter(
    (observation) =>
      !isOver(observation) || ['address', 'mapping', 'filtering'].includes(observation.probe.purpose),
  )
  const bySocket = groupBy(kept, ({ probe }) => probe.socket)
  for (const [socket, own] of bySocket) {
    // Losers of the servers' race are not waited for.
    const lost =
      won !== undefined &&
      own.every(({ probe }) => probe.purpose === 'address') &&
      own[0]?.probe.server !== won.probe.server
    if (lost || (own.every(isOver) && !isReserved(own, view))) bySocket.delete(socket)
  }
  return bySocket
}

/** The socket of the filtering tests, and the one whose mappings are compared, are used more than once. */
function isReserved(own: readonly Observation[], view: DiscoveryView): boolean {
  if (own.some(({ probe }) => probe.purpose === 'mapping'))
    return !behaviourIsKnown(view) || planVerify(view).length > 0 || planHairpin(view).length > 0
  if (!own.some(({ probe }) => probe.purpose === 'address')) return false
  return view.assessment.filtering.progress !== 'settled' || planFiltering(view).length > 0
}

/** As many of the drafts, from the first, as there are sockets for. */
export function withinSockets(view: DiscoveryView, drafts: readonly ProbeDraft[]): readonly ProbeDraft[] {
  const open = new Set<string>()
  // A port that listens goes on listening whatever came of it.
  for (const own of neededSockets(view).values())
    for (const { probe, state } of own)
      if (state === 'pending' || state === 'answered' || probe.purpose === 'filtering')
        for (const name of namesOf(probe, view)) open.add(name)
  const count = drafts.findIndex((draft) => {
    for (const name of namesOf(draft, view)) open.add(name)
    return open.size > MAX_SOCKETS
  })
  return count < 0 ? drafts : drafts.slice(0, count)
}

/** What a probe needs: over UDP one socket for each number; over TCP connections, and a listener for filtering. */
function namesOf({ socket, to, purpose }: ProbeDraft, { setup }: DiscoveryView): string[] {
  if (setup.protocol === 'udp') return [`${socket}`]
  const connection = `${socket} ${formatTransportAddress(to)}`
  return purpose === 'filtering' ? [connection, `${socket} listens`] : [connection]
}
