import { isAnswer } from '../discovery/observation.ts'
import { planFiltering } from './plan-filtering.ts'
import { planMapping } from './plan-mapping.ts'
import { deltaIsSettled, mappingIsSettled } from './settled.ts'
import type { DiscoveryView } from './view.ts'

/** Whether mapping, type and the rule for ports are known, or cannot be: the rest is detail. */
export function behaviourIsKnown(view: DiscoveryView): boolean {
  // Sampling began when it was.
  if (isSampling(view)) return true
  return (
    view.observations.some(isAnswer) &&
    mappingIsSettled(view) &&
    deltaIsSettled(view) &&
    (view.assessment.type === 'symmetric' ||
      (view.assessment.filtering.progress !== 'under-way' && planFiltering(view).length === 0)) &&
    planMapping(view).length === 0
  )
}

/** Whether the latest probe samples the range of ports: everything before is known. */
export function isSampling({ observations }: DiscoveryView): boolean {
  return observations.at(-1)?.probe.purpose === 'range'
}
