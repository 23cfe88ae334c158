import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { checkScenario } from './parse-scenario.ts'
import { presetList } from './presets.ts'

const path = (relative: string) => new URL(relative, import.meta.url).pathname

test('examples/punch-by-hand.ts punches, at the same moment each time', async () => {
  const tsx = path('../../../node_modules/.bin/tsx')
  const run = () =>
    promisify(execFile)(tsx, ['--conditions=@p2pd/source', path('../examples/punch-by-hand.ts')])
  const { stdout } = await run()
  expect(stdout).toMatch(/^bob received "hello from alice" after \d+\.\d ms\n$/)
  expect((await run()).stdout).toBe(stdout)
})

const guide = readFileSync(path('../../../docs/lab.md'), 'utf8')

test('docs/lab.md lists every preset with its meaning', () => {
  const [table = ''] = (guide.split('| preset | meaning |')[1] ?? '').split('\n\n')
  const rows = [...table.matchAll(/^\| `([\w-]+)` \| (.+) \|$/gm)].map(([, name, meaning]) => ({
    name,
    meaning,
  }))
  expect(rows).toEqual(presetList.map(({ name, meaning }) => ({ name, meaning })))
})

test('the scenario in docs/lab.md is one', () => {
  const [, json = ''] = /```json\n([\s\S]*?)```/.exec(guide) ?? []
  expect(checkScenario(JSON.parse(json)).hosts.map(({ name }) => name)).toEqual(['server', 'alice', 'bob'])
})
