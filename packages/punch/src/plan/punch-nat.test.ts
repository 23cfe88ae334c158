import { expect, test } from '@jest/globals'
import { portAssignmentOf, type PunchNat } from './punch-nat.ts'

const natOf = (mapping: PunchNat['mapping'], type: string): PunchNat => ({
  type: 'symmetric',
  mapping,
  filtering: 'address-and-port-dependent',
  delta: { type, value: 1 },
  portRange: [1024, 65_535],
  externalAddresses: ['203.0.113.1'],
})

test.each([
  ['endpoint-independent', 'random', 'reused'],
  ['unknown', 'random', 'reused'],
  ['unknown', 'independent', 'reused'],
  ['address-dependent', 'equal', 'preserved'],
  ['address-and-port-dependent', 'preserving', 'preserved'],
  ['address-and-port-dependent', 'not-applicable', 'preserved'],
  ['address-dependent', 'independent', 'sequential'],
  ['address-and-port-dependent', 'dependent', 'sequential'],
  ['address-and-port-dependent', 'random', 'random'],
] as const)('mapping %s, ports %s: %s', (mapping, delta, assignment) => {
  expect(portAssignmentOf(natOf(mapping, delta))).toBe(assignment)
})
