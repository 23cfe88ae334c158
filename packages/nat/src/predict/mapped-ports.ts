import { assess } from '../classify/assess.ts'
import type { Observation } from '../discovery/observation.ts'
import type { MappedPort } from './predict.ts'

/** The mappings among the observations, in the order in which the NAT made them: the input of a prediction. */
export function mappedPorts(observations: readonly Observation[]): MappedPort[] {
  return assess(observations).translation.allocations.map(({ internalPort, externalPort }) => ({
    internalPort,
    externalPort,
  }))
}
