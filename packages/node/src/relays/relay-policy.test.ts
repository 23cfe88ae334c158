import { expect, test } from '@jest/globals'
import { type RelayPolicy, withRelayPolicy } from './relay-policy.ts'

test('a policy keeps the strategies that it allows', () => {
  const both = ['direct', 'relay'] as const
  expect(withRelayPolicy(both, 'never')).toEqual(['direct'])
  expect(withRelayPolicy(both, 'only')).toEqual(['relay'])
  expect(withRelayPolicy(both, 'early')).toEqual(both)
  expect(withRelayPolicy(both, 'last')).toEqual(both)
})

test.each([
  ['only', 'relay "only" leaves no strategy of direct'],
  ['nevr', 'relay "nevr" is none of early, last, never, only'],
])('%s is refused', (policy, message) => {
  expect(() => withRelayPolicy(['direct'], policy as RelayPolicy)).toThrow(
    expect.objectContaining({ code: 'NODE_BAD_OPTION', message }),
  )
})
