import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CHARACTERS, characterAt } from '@p2pd/netif/testing'
import { parseName } from './name.ts'

const character = fc.nat(CHARACTERS - 1).map(characterAt)

test.each([
  ['alice', 'alice'],
  ['Alice-2_b', 'alice-2_b'],
  ['42', '42'],
  ['Jörg', 'jörg'],
  ['Jo\u0308rg', 'jörg'],
  ['例え.テスト', '例え.テスト'],
  ['Node.Example.ORG.', 'node.example.org'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
])('%j is a name', (text, name) => {
  expect(parseName(text)).toBe(name)
})

test.each([
  '',
  '.',
  'self',
  'SELF',
  '-rf',
  '_p2pd.example.org',
  '__proto__',
  'a b',
  'a..b',
  '.example',
  'alice/bob',
  'alice@example.org',
  'a:80',
  '192.0.2.1',
  '2001:db8::1',
  'alice\u202e',
  'x'.repeat(40),
  `a.${'x'.repeat(64)}`,
  `a${'.abc'.repeat(64)}`,
])('%j is none', (text) => {
  expect(parseName(text)).toBeUndefined()
})

test('what is a name stays that name', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: character }),
    fc.domain(),
    fc.stringMatching(/^[\p{L}\p{M}\p{N}._-]{1,60}$/u),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const name = parseName(text)
      return name === undefined || parseName(name) === name
    }),
    { numRuns: 10_000 },
  )
})
