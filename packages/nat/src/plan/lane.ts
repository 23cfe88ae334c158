import { isAnswer, isOver, type Observation } from '../discovery/observation.ts'
import { type DiscoveryView, nextSocket, patienceMs, trustedAnswers, withPurpose } from './view.ts'

/** Whether a probe that may make a mapping is on its way, so that the order of another would be unknown. */
export function laneIsBusy(view: DiscoveryView): boolean {
  // Losers of the servers' race are not waited for.
  const raced = trustedAnswers(view).length > 0
  return view.observations.some(
    (observation) =>
      !isOver(observation) &&
      observation.passedAt === undefined &&
      observation.probe.test === 'binding' &&
      observation.probe.purpose !== 'verify' &&
      !(raced && observation.probe.purpose === 'address') &&
      view.now - observation.launchedAt < patienceMs(view),
  )
}

/** One probe of each socket that was opened after another: the sequence that shows the rule for ports. */
export function laneOf(view: DiscoveryView): Observation[] {
  const sockets = new Map<number, Observation>()
  for (const observation of withPurpose(view, 'address', 'mapping', 'delta')) {
    const before = sockets.get(observation.probe.socket)
    if (before === undefined || (!isAnswer(before) && isAnswer(observation)))
      sockets.set(observation.probe.socket, observation)
  }
  return [...sockets.values()]
}

/** Beside the last socket's port, or far from it, in turn. */
export function nextInternalPort(view: DiscoveryView): number {
  const lane = laneOf(view)
  const last = lane.at(-1)
  if (last !== undefined && lane.length % 2 === 1) return (last.internal?.port ?? last.probe.internalPort) + 1
  return view.setup.ports[nextSocket(view) % view.setup.ports.length] ?? 0
}
