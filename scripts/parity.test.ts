import { expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup/workspace.mjs'
import { PARITY_FILE, parityPage, testFiles, testsByCheck } from './parity.ts'

test('finds the checks that a title names, once for each file', () => {
  const text =
    "test('A14, A18: x', f)\ntest('A14: y', f)\ndescribe(\n  `C1: NICs`, f)\ntest('about A2: no', f)"
  expect(testsByCheck(new Map([['a.test.ts', text]]))).toEqual(
    new Map([
      ['A14', ['a.test.ts']],
      ['A18', ['a.test.ts']],
      ['C1', ['a.test.ts']],
    ]),
  )
})

test('writes the tests into the last column of a check', () => {
  const page = '| check | what | tests |\n|---|---|---|\n| A1 | a | old |\n| B10 | b | old |\n'
  const tests = new Map([['A1', ['a.test.ts', 'b.test.ts']]])
  expect(parityPage(page, tests)).toBe(
    '| check | what | tests |\n|---|---|---|\n| A1 | a | `a.test.ts`<br>`b.test.ts` |\n| B10 | b | not yet |\n',
  )
})

test('docs/parity.md is up to date', () => {
  const page = readFileSync(PARITY_FILE, 'utf8')
  expect(parityPage(page, testsByCheck(testFiles()))).toBe(page)
})

test('docs/gateways.md names tests that exist', () => {
  const page = readFileSync(join(root, 'docs/gateways.md'), 'utf8')
  const named = [...page.matchAll(/`([\w./-]+\.test\.ts)`: (.+?)(?=<br>| \|$)/gm)]
  expect(named.length).toBeGreaterThan(70)
  const missing = named.filter(
    ([, file = '', title = '']) => !readFileSync(join(root, file), 'utf8').includes(title),
  )
  expect(missing.map(([whole]) => whole)).toEqual([])
})
