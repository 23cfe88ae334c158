import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { root } from './setup/workspace.mjs'

const folder = mkdtempSync(join(tmpdir(), 'p2pd-lint-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The rules that the linter finds broken in files of these texts, in the order of the lines. */
function broken(files: Readonly<Record<string, string>>): Record<string, string[]> {
  copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  const oxlint = join(root, 'node_modules', '.bin', 'oxlint')
  const { stdout } = spawnSync(oxlint, ['--format=json', ...Object.keys(files)], { cwd: folder })
  const { diagnostics } = JSON.parse(stdout.toString()) as {
    diagnostics: { filename: string; code: string; labels: { span: { line: number } }[] }[]
  }
  const found = Object.keys(files).map((file) => {
    const own = diagnostics.filter(({ filename }) => filename === file)
    const lineOf = ({ labels: [label] }: (typeof own)[number]) => label?.span.line ?? 0
    return [file, own.sort((a, b) => lineOf(a) - lineOf(b)).map(({ code }) => code)] as const
  })
  return Object.fromEntries(found)
}

const imports = `
import fs from 'node:fs'
import { a } from '../../netif/src/a.ts'
import { b } from '@p2pd/netif/node'
import { c } from './nodejs/c.ts'
import { d } from '@p2pd/netif/testing'
import type { Duplex } from 'node:stream'
export const all = [fs, a, b, c, d] as Duplex[]
`
const restricted = 'eslint(no-restricted-imports)'

test('protocol source imports neither Node.js nor what is for tests; Node.js and tests are free elsewhere', () => {
  const found = broken({
    'packages/stun/src/a.ts': imports,
    'packages/stun/src/nodejs/a.ts': imports,
    'packages/stun/src/a.test.ts': imports,
    'apps/cli/src/a.ts': imports,
  })
  expect(found['packages/stun/src/a.ts']).toEqual(Array<string>(6).fill(restricted))
  // Nobody reaches into another package.
  expect(found['packages/stun/src/nodejs/a.ts']).toEqual([restricted])
  expect(found['packages/stun/src/a.test.ts']).toEqual([restricted])
  expect(found['apps/cli/src/a.ts']).toEqual([restricted])
})

test.each([
  ['Date.now()', 'globals'],
  ['new Date()', 'globals'],
  ['performance.now()', 'globals'],
  ['setTimeout(a, 1)', 'globals'],
  ['setInterval(a, 1)', 'globals'],
  ['setImmediate(a)', 'globals'],
  ['crypto.getRandomValues(a)', 'globals'],
  ['globalThis.a()', 'globals'],
  ['process.hrtime()', 'globals'],
  ['Math.random()', 'properties'],
  ["Math['random']()", 'properties'],
  ['AbortSignal.timeout(5)', 'properties'],
])('protocol source does not use %s; src/nodejs does', (expression, kind) => {
  const text = `export const value = (a: never) => [a, ${expression}]\n`
  const found = broken({ 'packages/stun/src/b.ts': text, 'packages/stun/src/nodejs/b.ts': text })
  expect(found['packages/stun/src/b.ts']).toContain(`eslint(no-restricted-${kind})`)
  expect(found['packages/stun/src/nodejs/b.ts']).toEqual([])
})

test('what depends on its arguments alone is allowed', () => {
  const text = 'export const value = [Math.floor(1.5), AbortSignal.any([]), { performance: 1 }.performance]\n'
  expect(broken({ 'packages/stun/src/c.ts': text })).toEqual({ 'packages/stun/src/c.ts': [] })
})

test('two files that import each other are found, types included', () => {
  const found = broken({
    'packages/stun/src/d.ts': "import type { E } from './e.ts'\nexport type D = E | 1\n",
    'packages/stun/src/e.ts': "import type { D } from './d.ts'\nexport type E = D | 2\n",
  })
  expect(found['packages/stun/src/d.ts']).toEqual(['import(no-cycle)'])
})

test('files, functions, examples and index files that are too long are found; functions of tests may be long', () => {
  const lines = (count: number) => "export { a } from './a.ts'\n".repeat(count)
  const body = '  a.b()\n'.repeat(60)
  const long = `export function f(a: { b(): void }) {\n${body}}\n`
  const found = broken({
    'packages/stun/src/f.ts': lines(300),
    'packages/stun/src/g.ts': lines(301),
    'packages/stun/src/h.ts': long,
    'packages/stun/src/h.test.ts': long + lines(300 - 62),
    'packages/stun/test/i.test.ts': lines(301),
    'packages/stun/examples/a.ts': lines(61),
    'packages/stun/src/index.ts': `/**\n * A doc.\n */\n${lines(60)}`,
    'packages/stun/src/nodejs/index.ts': `/**\n * A doc.\n */\n${lines(59)}`,
  })
  const tooLong = ['eslint(max-lines)']
  expect(found).toEqual({
    'packages/stun/src/f.ts': [],
    'packages/stun/src/g.ts': tooLong,
    'packages/stun/src/h.ts': ['eslint(max-lines-per-function)'],
    'packages/stun/src/h.test.ts': [],
    'packages/stun/test/i.test.ts': tooLong,
    'packages/stun/examples/a.ts': tooLong,
    'packages/stun/src/index.ts': tooLong,
    'packages/stun/src/nodejs/index.ts': [],
  })
})
