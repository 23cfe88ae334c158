import { expect, test } from '@jest/globals'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { oddVersions } from './copy.ts'
import { needsOf } from './needs.ts'
import { formatTable } from './table.ts'

test('a table has a line for each package, and below it each finding', () => {
  const rows = [
    {
      title: '@p2pd/stun',
      cells: new Map([
        ['types', []],
        ['Node 20', ['--help: exit status 1']],
      ]),
    },
    { title: 'npx', cells: new Map([['Node 20', []]]) },
  ]
  expect(formatTable(rows, ['types', 'Node 20']).split('\n')).toEqual([
    '|            | types  | Node 20 |',
    '| ---------- | ------ | ------- |',
    '| @p2pd/stun | passed | FAILED  |',
    '| npx        | -      | passed  |',
    '@p2pd/stun, Node 20: --help: exit status 1',
  ])
})

test('a release needs a clean tree, versions, a token and provenance', () => {
  const met = (env: NodeJS.ProcessEnv, changes: string[], changesets: string[]) =>
    needsOf({ env, changes, changesets }).map(({ isMet }) => isMet)
  expect(met({}, [' M a'], ['a.md'])).toEqual([false, false, false, false])
  expect(met({ NODE_AUTH_TOKEN: 'x' }, [], [])).toEqual([true, true, true, false])
  expect(met({ ACTIONS_ID_TOKEN_REQUEST_URL: 'x' }, [], [])).toEqual([true, true, true, true])
})

test('a package that missed the version is named, unless it is private', () => {
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-versions-'))
  try {
    const write = (path: string, manifest: object) => {
      mkdirSync(join(folder, path), { recursive: true })
      writeFileSync(join(folder, path, 'package.json'), JSON.stringify(manifest))
    }
    write('packages/stun', { name: '@p2pd/stun', version: '1.0.0' })
    write('packages/turn', { name: '@p2pd/turn', version: '0.9.0' })
    write('apps/page', { name: '@p2pd/page', version: '0.0.0', private: true })
    expect(oddVersions(folder, '1.0.0')).toEqual(['@p2pd/turn has version 0.9.0, not 1.0.0'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
