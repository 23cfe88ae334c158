import { expect, test } from '@jest/globals'
import type { NatReport } from '@p2pd/client'
import { confidenceWords, natWords } from './nat-words.ts'

const report = (fields: Partial<NatReport>): NatReport => ({
  type: 'symmetric',
  mapping: 'address-and-port-dependent',
  filtering: 'address-and-port-dependent',
  delta: { type: 'random', value: 0 },
  portRange: [1024, 65535],
  pooledAddresses: false,
  hairpin: false,
  confidence: 0.9,
  evidence: [],
  externalAddresses: [],
  ...fields,
})

test('a symmetric NAT that counts is another one than a random one', () => {
  expect(natWords(report({})).meaning).toContain('relay')
  const counting = natWords(report({ delta: { type: 'independent', value: -4 } }))
  expect(counting.meaning).toContain('predicted')
  expect(counting.ports).toBe('the last one -4')
})

test('words that a later version may send are unknown, never blank', () => {
  const words = natWords(
    report({ type: 'new', mapping: 'new', filtering: 'unknown', delta: { type: 'new', value: 1 } }),
  )
  expect(words).toMatchObject({
    title: 'unknown',
    mapping: 'unknown',
    filtering: 'unknown',
    ports: 'unknown',
  })
})

test('confidence in words', () => {
  expect([1, 0.8, 0.5, 0].map(confidenceWords)).toEqual([
    'certain (100 %)',
    'likely (80 %)',
    'a guess (50 %)',
    'not measured (0 %)',
  ])
})
