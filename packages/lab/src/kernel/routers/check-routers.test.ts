import { expect, test } from '@jest/globals'
import { planAddresses } from '../../address-plan.ts'
import type { Scenario } from '../../scenario.ts'
import { checkRouters, scenarioRouters } from './check-routers.ts'

const check = (scenario: Scenario, routers = scenarioRouters(scenario)) =>
  checkRouters(scenario, planAddresses(scenario), routers)

const real = { name: 'real', preset: 'home', nftables: { nat: 'masquerade' } } as const
const alice = { name: 'alice', behind: 'real' }

test('a scenario can name real routers, one behind the other too', () => {
  const inner = { ...real, name: 'inner', behind: 'real' }
  const scenario = { hosts: [alice, { name: 'bob', behind: 'inner' }], boxes: [real, inner] }
  expect(Object.keys(scenarioRouters(scenario))).toEqual(['real', 'inner'])
  expect(() => check(scenario)).not.toThrow()
})

test('where a real router cannot be, the scenario is refused', () => {
  const refused = (scenario: Scenario, message: RegExp) =>
    expect(() => check(scenario)).toThrow(
      expect.objectContaining({ code: 'LAB_INVALID_SCENARIO', message: expect.stringMatching(message) }),
    )
  const model = { name: 'model', preset: 'home', behind: 'real' } as const
  refused({ hosts: [alice], boxes: [real, model] }, /^model: a model cannot be behind the real router real/)
  refused({ hosts: [{ ...alice, link: { loss: 0.1 } }], boxes: [real] }, /^alice: its link cannot be shaped/)
  refused({ hosts: [alice], boxes: [{ ...real, preset: 'open-equal' }] }, /^real: .* this box does not/)
})

test('a real router for an unknown box is an error', () => {
  const routers = scenarioRouters({ hosts: [], boxes: [real] })
  expect(() => check({ hosts: [{ name: 'alice' }] }, routers)).toThrow(
    expect.objectContaining({ code: 'LAB_UNKNOWN_NAME' }),
  )
})
