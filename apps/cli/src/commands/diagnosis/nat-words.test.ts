import { expect, test } from '@jest/globals'
import { natWords } from './nat-words.ts'

test.each([
  ['open', 'not-applicable', 0, 'no NAT'],
  ['port-restricted', 'equal', 0, 'port-restricted cone, external ports the same as inside'],
  ['symmetric', 'random', 0, 'symmetric, another port for each peer, external ports at random'],
  [
    'symmetric',
    'independent',
    2,
    'symmetric, another port for each peer, external ports each the last one +2',
  ],
  ['of a later version', 'of a later version', 0, 'unknown, external ports unknown'],
])('H5: a NAT of type %s with ports %s is said in words', (type, delta, value, words) => {
  expect(natWords({ type, delta: { type: delta, value }, confidence: 0.9 })).toBe(words)
  expect(natWords({ type, delta: { type: delta, value }, confidence: 0 })).toBe('unknown')
})
