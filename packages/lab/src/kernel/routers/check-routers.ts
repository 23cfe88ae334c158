import type { AddressPlan } from '../../address-plan.ts'
import { LabError } from '../../lab-error.ts'
import type { Scenario } from '../../scenario.ts'
import { nftablesRouter, type RealRouter } from './real-router.ts'

type Routers = Readonly<Record<string, RealRouter>>

/** The real routers that a scenario defines. */
export function scenarioRouters({ boxes = [] }: Scenario): Routers {
  return Object.fromEntries(
    boxes.flatMap(({ name, nftables }) => (nftables === undefined ? [] : [[name, nftablesRouter(nftables)]])),
  )
}

/** Throws when a real router has a wrong position: the lab cannot shape or watch the network behind it. */
export function checkRouters(scenario: Scenario, plan: AddressPlan, routers: Routers): void {
  const isReal = (place: string) => Object.hasOwn(routers, place)
  for (const name of Object.keys(routers)) {
    const box = plan.boxes.find((each) => each.name === name)
    if (box === undefined)
      throw new LabError('LAB_UNKNOWN_NAME', `there is no box named ${JSON.stringify(name)}`)
    if (box.external.length === 0) throw invalid(name, 'a real router translates, but this box does not')
  }
  for (const { name, behind } of plan.boxes) {
    if (isReal(behind) && !isReal(name))
      throw invalid(name, `a model cannot be behind the real router ${behind}`)
  }
  for (const { name, behind = [], link } of [...scenario.hosts, ...(scenario.boxes ?? [])]) {
    const place = [behind].flat().find(isReal)
    if (link !== undefined && place !== undefined)
      throw invalid(name, `its link cannot be shaped behind the real router ${place}`)
  }
}

function invalid(name: string, problem: string): LabError {
  return new LabError('LAB_INVALID_SCENARIO', `${name}: ${problem}`)
}
