import { expect, test } from '@jest/globals'
import { Counters } from './counters.ts'

test('counts are kept apart by name and labels', () => {
  const counters = new Counters()
  counters.count('calls', { outcome: 'connected' })
  counters.count('calls', { outcome: 'NODE_TIMEOUT' })
  counters.count('calls', { outcome: 'connected' })
  counters.count('offers', {})
  expect(counters.list()).toEqual([
    { name: 'calls', labels: { outcome: 'connected' }, value: 2 },
    { name: 'calls', labels: { outcome: 'NODE_TIMEOUT' }, value: 1 },
    { name: 'offers', labels: {}, value: 1 },
  ])
})
