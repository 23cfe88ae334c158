import { isAnswer } from '../discovery/observation.ts'
import { planFiltering } from './plan-filtering.ts'
import { planMapping } from './plan-mapping.ts'
import { deltaTestIsDone, mappingTestIsDone } from './test-progress.ts'
import type { DiscoveryView } from './view.ts'

/** Whether the discovery of mapping, type and delta is done, known or not. */
export function isBehaviourKnown(view: DiscoveryView): boolean {
  // Sampling begins after that.
  if (isSampling(view)) return true
  return (
    view.observations.some(isAnswer) &&
    mappingTestIsDone(view) &&
    deltaTestIsDone(view) &&
    (view.assessment.type === 'symmetric' ||
      (view.assessment.filtering.progress !== 'under-way' && planFiltering(view).length === 0)) &&
    planMapping(view).length === 0
  )
}

/** Whether the latest probe samples the range of ports, which is the last test. */
export function isSampling({ observations }: DiscoveryView): boolean {
  return observations.at(-1)?.probe.purpose === 'range'
}
