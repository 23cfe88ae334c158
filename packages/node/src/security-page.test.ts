import { expect, test } from '@jest/globals'
import { existsSync, readFileSync } from 'node:fs'

const page = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8')
const rows = page.split('\n').filter((line) => line.includes('.test.ts`'))

/** Files by their names, once a row has said where they are. */
const files = new Map<string, string>()

/** A row's tests: files with the beginnings of titles, if it names some. */
function testsOf(row: string): [file: string, titles: string[]][] {
  return [...row.matchAll(/`([^`]+\.test\.ts)`(?:: ([^;|]*))?/g)].map(([, named = '', titles = '']) => {
    const name = named.slice(named.lastIndexOf('/') + 1)
    if (named.includes('/')) files.set(name, named)
    return [
      files.get(name) ?? named,
      titles
        .split(',')
        .map((title) => title.trim())
        .filter((title) => title !== ''),
    ]
  })
}

test('docs/security.md names tests that are there', () => {
  expect(rows.length).toBeGreaterThan(20)
  for (const [file, titles] of rows.flatMap(testsOf)) {
    const url = new URL(`../../${file}`, import.meta.url)
    expect([file, existsSync(url)]).toEqual([file, true])
    const text = readFileSync(url, 'utf8')
    for (const title of titles) expect([file, title, text.includes(title)]).toEqual([file, title, true])
  }
})
