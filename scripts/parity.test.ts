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

test('finds the faults of the field that a title names', () => {
  const text =
    "test('I1: fault 4: x', f)\ntest('I1: faults 12, 13: y', f)\ntest('I1: fault 5, G3: z', f)\ntest('I1: w', f)"
  const checks = ['I1', 'I1.4', 'I1.12', 'I1.13', 'I1.5']
  expect([...testsByCheck(new Map([['a.test.ts', text]])).keys()]).toEqual(checks)
})

test('each fault of the field has a test', () => {
  const rows = [...readFileSync(PARITY_FILE, 'utf8').matchAll(/^\| I1\.(\d+) \|.*$/gm)]
  expect(rows.map(([, fault]) => Number(fault))).toEqual(Array.from({ length: 26 }, (_, index) => index + 1))
  expect(rows.filter(([row]) => row.endsWith('| not yet |'))).toEqual([])
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
