import { expect, test } from '@jest/globals'
import { predictabilityOf, type PunchNat } from './side.ts'

const natOf = (mapping: PunchNat['mapping'], type: string): PunchNat => ({
  type: 'symmetric',
  mapping,
  filtering: 'address-and-port-dependent',
  delta: { type, value: 1 },
  portRange: [1024, 65_535],
  externalAddresses: ['203.0.113.1'],
})

test.each([
  ['endpoint-independent', 'random', 'known'],
  ['unknown', 'random', 'known'],
  ['unknown', 'independent', 'known'],
  ['address-dependent', 'equal', 'exact'],
  ['address-and-port-dependent', 'preserving', 'exact'],
  ['address-and-port-dependent', 'not-applicable', 'exact'],
  ['address-dependent', 'independent', 'counted'],
  ['address-and-port-dependent', 'dependent', 'counted'],
  ['address-and-port-dependent', 'random', 'none'],
] as const)('mapping %s, ports %s: %s', (mapping, delta, predictability) => {
  expect(predictabilityOf(natOf(mapping, delta))).toBe(predictability)
})
