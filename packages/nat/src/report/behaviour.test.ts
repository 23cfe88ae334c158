import { expect, test } from '@jest/globals'
import { behaviourOf, type NatType, natTypeOf } from './behaviour.ts'
import { NatError } from '../nat-error.ts'
import { reportByHand, untestedReport } from './nat-report.ts'

const types: readonly NatType[] = [
  'open',
  'udp-firewall',
  'full-cone',
  'restricted',
  'port-restricted',
  'symmetric',
  'blocked',
]

test.each(types)('%s is the name of its own behaviour', (type) => {
  expect(natTypeOf(behaviourOf(type))).toBe(type)
})

test('what is unknown counts as strict', () => {
  const known = { blocked: false, untranslated: false, mapping: 'endpoint-independent' } as const
  expect(natTypeOf({ ...known, filtering: 'unknown' })).toBe('port-restricted')
  expect(natTypeOf({ ...known, untranslated: true, filtering: 'unknown' })).toBe('udp-firewall')
})

test('B4: an untested NIC counts as port-restricted and random', () => {
  const report = untestedReport()
  expect(report).toMatchObject({ type: 'port-restricted', delta: { type: 'random' }, confidence: 0 })
  expect(JSON.parse(JSON.stringify(report))).toEqual(report)
})

test('B4: a report set by hand follows from its type, and what is stated stands', () => {
  const report = reportByHand({ type: 'symmetric', delta: { type: 'independent', value: 2 } })
  expect(report).toMatchObject({ mapping: 'address-and-port-dependent', delta: { value: 2 }, confidence: 1 })
  expect(reportByHand({ type: 'open' }).delta.type).toBe('not-applicable')
})

test('a range that is none is refused', () => {
  expect(() => reportByHand({ type: 'open', portRange: [5, 4] })).toThrow(NatError)
})
