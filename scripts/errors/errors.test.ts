import { expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { ERRORS_FILE, errorsPage, remediesOf } from '../errors-page.ts'
import { readTree } from '../layers/tree.ts'
import { root } from '../setup/workspace.mjs'
import { errorCodes } from './codes.ts'

test('docs/errors.md is what `pnpm errors` makes, and has a remedy for every code', () => {
  const packages = errorCodes(readTree(root))
  const page = readFileSync(ERRORS_FILE, 'utf8')
  const remedies = remediesOf(page)
  const codes = packages.flatMap((one) => one.codes)
  expect(codes.filter(({ code }) => !remedies.get(code)).map(({ code }) => code)).toEqual([])
  expect(page).toBe(errorsPage(packages, remedies))
})

test('the comment before a code is its cause', () => {
  const text = [
    'export type AErrorCode =',
    '  | FromOther',
    '  /** First; {@link Kept}',
    '   * second line. */',
    "  | 'A_ONE'",
    "  | /** Another | one. */ 'A_TWO'",
    "  | 'A_BARE'",
  ].join('\n')
  const [found] = errorCodes(new Map([['packages/a/src/a-error.ts', text]]))
  expect(found).toEqual({
    error: 'AError',
    file: 'packages/a/src/a-error.ts',
    codes: [
      { code: 'A_ONE', cause: 'First; `Kept` second line.', line: 5 },
      { code: 'A_TWO', cause: 'Another | one.', line: 6 },
      { code: 'A_BARE', cause: '', line: 7 },
    ],
  })
  if (!found) return
  const page = errorsPage([found], new Map([['A_TWO', 'Wait.']]))
  expect(page).toContain('| <a id="a_two"></a>`A_TWO` | Another \\| one. | Wait. |')
  expect(remediesOf(page).get('A_TWO')).toBe('Wait.')
})
