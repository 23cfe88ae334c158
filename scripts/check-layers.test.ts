import { describe, expect, test } from '@jest/globals'
import { checkTree, formatFinding } from './layers/rules.ts'
import { layers } from './layers/table.ts'
import { readTree } from './layers/tree.ts'

const packageDoc = '/**\n * What it is.\n *\n * @packageDocumentation\n */\n'

interface Made {
  readonly folder: string
  readonly manifest?: object
  readonly files?: Readonly<Record<string, string>>
}

/** A package that keeps all rules, but for what `files` and `manifest` change. */
function madePackage({ folder, manifest = {}, files = {} }: Made): [string, string][] {
  const name = folder === 'packages/p2pd' ? 'p2pd' : `@p2pd/${folder.split('/')[1]}`
  const exports = { '.': './src/index.ts', './node': './src/nodejs/index.ts', './testing': './t.ts' }
  const all: Record<string, string> = {
    'package.json': JSON.stringify({ name, exports, ...manifest }),
    'README.md': `# ${name}\n`,
    'src/index.ts': `${packageDoc}export { a } from './a.ts'\n`,
    'src/a.ts': 'export const a = 1\n',
    ...files,
  }
  return Object.entries(all).map(([path, text]) => [`${folder}/${path}`, text])
}

const netif = { folder: 'packages/netif' }

function findings(...packages: Made[]): string[] {
  return checkTree(new Map(packages.flatMap(madePackage))).map(formatFinding)
}

/** What is said about a file of stun that holds `text`. */
function findingsIn(file: string, text: string, manifest: object = {}): string[] {
  const dependencies = { '@p2pd/netif': 'workspace:*' }
  return findings(netif, {
    folder: 'packages/stun',
    manifest: { dependencies, ...manifest },
    files: { 'src/b.ts': "export { a as b } from '@p2pd/netif'\n", [file]: text },
  })
}

const inSource = (text: string) => findingsIn('src/a.ts', text)

describe('the table', () => {
  test('points down only', () => {
    const names = Object.keys(layers)
    for (const [name, { mayImport }] of Object.entries(layers)) {
      const below = new Set(mayImport)
      for (const other of below) for (const next of layers[other]?.mayImport ?? []) below.add(next)
      expect(names).toEqual(expect.arrayContaining([...below]))
      expect(below.has(name)).toBe(false)
    }
  })

  test('has nobody import the lab but the command that offers it', () => {
    const importers = Object.entries(layers).filter(([, { mayImport }]) => mayImport.includes('@p2pd/lab'))
    expect(importers.map(([name]) => name)).toEqual(['@p2pd/cli'])
  })
})

describe('a tree that keeps the rules', () => {
  test('has no findings', () => {
    const text =
      "import { a as b } from '@p2pd/netif'\nexport const a = b + Math.max(1, new Date(0).getTime())\n"
    expect(inSource(text)).toEqual([])
  })

  test('may be the one on disk, as far as its files parse', () => {
    expect(readTree(process.cwd()).has('packages/netif/package.json')).toBe(true)
  })
})

describe('manifests', () => {
  test('a dependency upwards or sideways', () => {
    const manifest = {
      dependencies: { '@p2pd/nat': 'workspace:*' },
      devDependencies: { '@p2pd/lab': 'workspace:*' },
    }
    expect(findings(netif, { folder: 'packages/turn', manifest })).toEqual([
      'packages/turn/package.json: @p2pd/turn may not depend on @p2pd/nat: it stands on @p2pd/netif, @p2pd/stun alone',
      'packages/turn/package.json: @p2pd/turn may not depend on @p2pd/lab: it stands on @p2pd/netif, @p2pd/stun alone',
      'packages/turn/package.json: nothing in src imports @p2pd/nat',
    ])
  })

  test('servers for tests of what they do not stand on', () => {
    const manifest = { devDependencies: { '@p2pd/infra': 'workspace:*' } }
    expect(findings({ folder: 'packages/pipe', manifest })).toEqual([])
    expect(findings({ folder: 'packages/stun', manifest })).toEqual([
      expect.stringContaining('may not depend on'),
    ])
  })

  test('a dependency that only tests use', () => {
    const manifest = { dependencies: { '@p2pd/netif': 'workspace:*' } }
    const files = { 'src/a.test.ts': "import { a } from '@p2pd/netif'\n" }
    expect(findings(netif, { folder: 'packages/pipe', manifest, files })).toEqual([
      'packages/pipe/package.json: nothing in src imports @p2pd/netif',
    ])
  })

  test('a package nobody knows, and one in the wrong folder', () => {
    expect(findings({ folder: 'packages/carrier' })).toEqual([
      'packages/carrier/package.json: @p2pd/carrier is not in the table of scripts/layers/table.ts',
    ])
    expect(findings({ folder: 'apps/netif' })).toEqual([
      'apps/netif/package.json: @p2pd/netif belongs in packages/netif',
    ])
  })
})

describe('imports', () => {
  test.each([
    [
      "import { b } from '@p2pd/pipe'",
      '@p2pd/stun may not import @p2pd/pipe: it stands on @p2pd/netif alone',
    ],
    ["export { b } from '@p2pd/lab'", '@p2pd/stun may not import @p2pd/lab: it stands on @p2pd/netif alone'],
    ["await import('@p2pd/pipe')", '@p2pd/stun may not import @p2pd/pipe: it stands on @p2pd/netif alone'],
    [
      "type B = import('@p2pd/pipe').B",
      '@p2pd/stun may not import @p2pd/pipe: it stands on @p2pd/netif alone',
    ],
    [
      "import { b } from '../../netif/src/a.ts'",
      '../../netif/src/a.ts reaches into another package: import it by its name',
    ],
    ["import { b } from '@p2pd/netif/src/a.ts'", '@p2pd/netif does not export ./src/a.ts'],
    ["import ts from 'typescript'", 'typescript is not in the dependencies of package.json'],
    ["import { test } from '@jest/globals'", '@jest/globals is not in the dependencies of package.json'],
    ["import fs from 'node:fs'", 'node:fs: only src/nodejs may use Node.js; take a port from @p2pd/netif'],
    [
      "import fs from 'fs/promises'",
      'fs/promises: only src/nodejs may use Node.js; take a port from @p2pd/netif',
    ],
    [
      "import type { Duplex } from 'node:stream'",
      'node:stream: only src/nodejs may use Node.js; take a port from @p2pd/netif',
    ],
    ["const fs = require('fs')", 'fs: only src/nodejs may use Node.js; take a port from @p2pd/netif'],
    [
      "import { b } from './node/b.ts'",
      './node/b.ts: protocol source does not know src/nodejs; have it handed in',
    ],
    ["import { b } from '@p2pd/netif/testing'", '@p2pd/netif/testing is for tests'],
    [
      "import { b } from '@p2pd/netif/node'",
      '@p2pd/netif/node: protocol source does not know Node.js; take a port from @p2pd/netif',
    ],
  ])('%s', (text, message) => {
    expect(inSource(text)).toEqual([`packages/stun/src/a.ts:1: ${message}`])
  })

  test('what the manifest does not name', () => {
    const found = findingsIn('src/a.ts', "import { a as b } from '@p2pd/netif'", { dependencies: {} })
    expect(found).toEqual([
      'packages/stun/src/a.ts:1: @p2pd/netif is not in the dependencies of package.json',
      'packages/stun/src/b.ts:1: @p2pd/netif is not in the dependencies of package.json',
    ])
  })

  test('the type of a stream, where the port is declared and nowhere else', () => {
    const files = { 'src/tcp.ts': "export type ByteStream = import('node:stream').Duplex\n" }
    expect(findings({ ...netif, files })).toEqual([])
    expect(findings(netif, { folder: 'packages/pipe', files })).toHaveLength(1)
    expect(findings({ ...netif, files: { 'src/tcp.ts': "import 'node:stream'\n" } })).toHaveLength(1)
  })

  test('Node.js in src/nodejs, in tests and examples, and where servers and programs are', () => {
    const text = "import fs from 'node:fs'\nexport const a = Date.now()\n"
    for (const file of ['src/nodejs/a.ts', 'src/a.test.ts', 'bench/a.ts'])
      expect(findingsIn(file, text)).toEqual([])
    for (const folder of ['packages/infra', 'packages/lab', 'packages/p2pd', 'apps/cli']) {
      expect(findings({ folder, files: { 'src/a.ts': text } })).toEqual([])
    }
  })

  test('the table, even where Node.js is free to use', () => {
    const files = { 'src/a.ts': "import { lab } from '@p2pd/lab'\n" }
    expect(findings({ folder: 'packages/infra', files })).toEqual([
      expect.stringContaining('may not import @p2pd/lab'),
    ])
  })
})

describe('clocks, timers and randomness', () => {
  test.each([
    'Date.now()',
    'new Date()',
    'Date()',
    "Date['now']()",
    'performance.now()',
    'setTimeout(a, 1)',
    'setInterval(a, 1)',
    'setImmediate(a)',
    'Math.random()',
    'crypto.getRandomValues(a)',
    'AbortSignal.timeout(5)',
    'globalThis.setTimeout(a, 1)',
    'process.hrtime()',
    'const { random } = Math',
    'const clock = Date',
    'f({ setTimeout })',
  ])('%s', (text) => {
    expect(inSource(text)).toEqual([expect.stringMatching(/^packages\/stun\/src\/a\.ts:1: \w+(\.\w+)?: \w+/)])
  })

  test.each([
    'new Date(5)',
    'Date.UTC(2000, 1)',
    'b instanceof Date',
    'Math.floor(1)',
    'let at: Date',
    'clock.setTimeout',
    'const f = (crypto: Ports) => crypto.sign',
    "import { setTimeout } from '@p2pd/netif'\nsetTimeout()",
    'const options = { performance: 1 }',
    'AbortSignal.any([])',
  ])('nothing against %s', (text) => {
    expect(inSource(text)).toEqual([])
  })
})

describe('shape', () => {
  test.each(['src/utils.ts', 'src/types/a.ts', 'src/common.test.ts'])('%s says nothing', (file) => {
    expect(findingsIn(file, 'export {}\n')).toEqual([expect.stringContaining('says nothing: name it')])
  })

  test('logic in an index', () => {
    expect(findingsIn('src/index.ts', `${packageDoc}export const a = 1\n`)).toEqual([
      'packages/stun/src/index.ts:6: an index re-exports and does nothing else',
    ])
    expect(findingsIn('src/nodejs/index.ts', "import './a.ts'\n")).toHaveLength(1)
  })

  test('a long index', () => {
    const text = `${packageDoc}${"export { a } from './a.ts'\n".repeat(60)}`
    expect(findingsIn('src/index.ts', text)).toEqual([
      'packages/stun/src/index.ts: 60 lines: an index has less than 60',
    ])
  })

  test('no package doc, and two', () => {
    expect(findingsIn('src/index.ts', "export { a } from './a.ts'\n")).toEqual([
      'packages/stun/src/index.ts: opens with the package doc, marked @packageDocumentation',
    ])
    expect(findingsIn('src/a.ts', packageDoc)).toEqual([
      'packages/stun/src/a.ts: another @packageDocumentation: a package has one',
    ])
  })

  test('no README, no index', () => {
    const tree = new Map([['packages/stun/package.json', '{ "name": "@p2pd/stun", "exports": {} }']])
    expect(checkTree(tree).map(formatFinding)).toEqual([
      'packages/stun/README.md: is missing',
      'packages/stun/src/index.ts: is missing: a package says here what it is',
    ])
  })

  test('a long example', () => {
    expect(findingsIn('examples/a.ts', 'a()\n'.repeat(60))).toEqual([])
    expect(findingsIn('examples/a.ts', 'a()\n'.repeat(61))).toEqual([
      'packages/stun/examples/a.ts: 61 lines: an example has at most 60',
    ])
  })
})

describe('sizes', () => {
  test('a long file', () => {
    expect(inSource('export {}\n'.repeat(401))).toEqual([
      'packages/stun/src/a.ts: 401 lines: at most 400; split it',
    ])
  })

  test('a long function, unless it is a table or holds others', () => {
    const statements = '  a()\n'.repeat(60)
    const long = ['packages/stun/src/a.ts:1: a function of 62 lines: at most 60; split it']
    expect(inSource(`function f() {\n${statements}}\n`)).toEqual(long)
    expect(inSource(`function f() {\n  switch (a) {\n${'    case 1:\n'.repeat(60)}  }\n}\n`)).toEqual([])
    expect(
      inSource(`function f() {\n  function g() {\n${'    a()\n'.repeat(40)}  }\n${'  a()\n'.repeat(30)}}\n`),
    ).toEqual([])
  })
})
