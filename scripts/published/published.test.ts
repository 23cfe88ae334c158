import { expect, test } from '@jest/globals'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importedPackages, packageName } from '../layers/imported-packages.ts'
import { overBudget } from './budgets.ts'
import { unbuiltEntries, unexpectedContents } from './check-tarball.ts'
import { trialsOf } from './try-package.ts'
import { overweight, weigh } from './weight.ts'

const exported = (file: string) => ({ types: `./dist/${file}.d.ts`, default: `./dist/${file}.js` })

test('tests and what the compiler remembers do not belong in a tarball', () => {
  const good = [
    'package.json',
    'README.md',
    'LICENSE',
    'dist/index.js',
    'dist/node/index.d.ts',
    'dist/LICENCES.txt',
    'dist/page/index.html',
  ]
  const bad = [
    'dist/.tsbuildinfo',
    'dist/a.test.js',
    'dist/testdata/a.js',
    'dist/testing/index.js',
    'src/a.ts',
  ]
  expect(unexpectedContents([...good, ...bad])).toEqual(bad)
})

test('a package is built when all is there that its manifest promises', () => {
  const manifest = {
    name: 'p2pd',
    bin: { p2pd: './dist/bin.js' },
    publishConfig: { exports: { '.': exported('index') } },
  }
  const contents = ['dist/index.js', 'dist/index.d.ts']
  expect(unbuiltEntries({ manifest, contents })).toEqual(['dist/bin.js'])
})

test('the package of an import', () => {
  const text = "import { a } from '@p2pd/netif/node'\nconst b = await import('cborg/json')\n"
  expect(importedPackages(text)).toEqual(['@p2pd/netif', 'cborg'])
  expect(packageName('p2pd')).toBe('p2pd')
})

test('every entry, example and program is tried', () => {
  const manifest = {
    name: 'p2pd',
    bin: { p2pd: './dist/bin.js' },
    publishConfig: {
      exports: { '.': exported('index'), './node': exported('node/index'), './bin': exported('bin') },
    },
  }
  const consumer = {
    folder: '/c',
    examples: [{ title: 'examples/a.ts', file: '/c/a.ts' }],
    programs: [{ title: 'test/published/b.ts', file: '/c/b.js' }],
  }
  const trials = (runsTypeScript: boolean) =>
    trialsOf(manifest, consumer, { title: 'Node', file: 'node', runsTypeScript })
  expect(trials(true).map(({ title }) => title)).toEqual([
    "require and import 'p2pd'",
    "require and import 'p2pd/node'",
    'examples/a.ts',
    'p2pd --help',
    'p2pd demo',
    'test/published/b.ts',
  ])
  expect(trials(true)[2]?.args).toEqual(['/c/a.ts'])
  expect(trials(false)[2]?.args).toEqual(['--import', expect.stringContaining('tsx'), '/c/a.ts'])
})

test('an installation is weighed with packages inside of packages, and held against the limits', () => {
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-weight-'))
  try {
    mkdirSync(join(folder, 'node_modules'))
    const packages = { 'node_modules/a': {}, 'node_modules/@b/c': {}, 'node_modules/a/node_modules/d': {} }
    writeFileSync(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }))
    expect(weigh(folder).packages).toBe(3)
    expect(overweight({ packages: 85, megabytes: 28 })).toEqual([])
    expect(overweight({ packages: 86, megabytes: 29 })).toEqual([
      'npm installs 86 packages: at most 85',
      'npm installs 29 MB: at most 28',
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a package is held against its budget, and each has one', () => {
  const all = { a: { kilobytes: 10, modules: 2, dependencies: 0 } }
  expect(overBudget('a', { kilobytes: 10, modules: 2, dependencies: 0 }, all)).toEqual([])
  expect(overBudget('a', { kilobytes: 11, modules: 3, dependencies: 1 }, all)).toEqual([
    'a: 11 kB are published: at most 10',
    'a: 3 modules are loaded by `import`: at most 2',
    'a: 1 packages come with it: at most 0',
  ])
  expect(overBudget('b', { kilobytes: 0, modules: 0, dependencies: 0 }, all)).toEqual([
    'b has no budget in scripts/published/budgets.ts',
  ])
})
