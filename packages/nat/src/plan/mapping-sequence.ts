import { isAnswer, isOver, type Observation } from '../discovery/observation.ts'
import { type DiscoveryView, nextSocket, lossTimeoutMs, trustedAnswers, withPurpose } from './view.ts'

/** Whether a probe that may make a mapping is under way: the order of a second mapping would be unknown. */
export function isMappingUnderWay(view: DiscoveryView): boolean {
  // The discovery does not wait for servers that lost the race.
  const raced = trustedAnswers(view).length > 0
  return view.observations.some(
    (observation) =>
      !isOver(observation) &&
      observation.passedAt === undefined &&
      observation.probe.test === 'binding' &&
      observation.probe.purpose !== 'verify' &&
      !(raced && observation.probe.purpose === 'address') &&
      view.now - observation.launchedAt < lossTimeoutMs(view),
  )
}

/** The first mappings of sockets that were opened one after the other: the sequence shows the port assignment. */
export function mappingSequence(view: DiscoveryView): Observation[] {
  const sockets = new Map<number, Observation>()
  for (const observation of withPurpose(view, 'address', 'mapping', 'delta')) {
    const before = sockets.get(observation.probe.socket)
    if (before === undefined || (!isAnswer(before) && isAnswer(observation)))
      sockets.set(observation.probe.socket, observation)
  }
  return [...sockets.values()]
}

/** The neighbour of the last internal port, or a distant port, in turn. */
export function nextInternalPort(view: DiscoveryView): number {
  const sequence = mappingSequence(view)
  const last = sequence.at(-1)
  if (last !== undefined && sequence.length % 2 === 1)
    return (last.internal?.port ?? last.probe.internalPort) + 1
  return view.setup.ports[nextSocket(view) % view.setup.ports.length] ?? 0
}
