import { describe, expect, test } from '@jest/globals'
import { checkTree, formatFinding } from './layers/rules.ts'
import { layers } from './layers/table.ts'
import { readTree } from './layers/tree.ts'

const packageDoc = '/**\n * A made package.\n *\n * @packageDocumentation\n */\n'

interface Made {
  readonly folder: string
  readonly manifest?: object
  readonly files?: Readonly<Record<string, string>>
}

/** A package that keeps all rules, except where `files` and `manifest` change it. */
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

/** The findings for a file of stun that holds `text`. */
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
      'packages/stun/src/index.ts: opens with the package doc, marked @packageDocumentation',
    ])
  })

  test('a folder with too many files', () => {
    const files = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`src/room/a${i}.ts`, 'export {}\n']))
    expect(findings({ folder: 'packages/udx', files: files(25) })).toEqual([])
    expect(findings({ folder: 'packages/udx', files: files(26) })).toEqual([
      'packages/udx/src/room: 26 files: at most 25; make rooms',
    ])
  })
})

describe('listeners for an abort', () => {
  const listening = (line: string) =>
    inSource(`export const a = (signal: AbortSignal, end: () => void) => {\n  ${line}\n}\n`)

  test('one that stays', () => {
    const finding =
      'packages/stun/src/a.ts:2: the listener for an abort stays: add { once: true }, or remove it'
    expect(listening("signal.addEventListener('abort', end)")).toEqual([finding])
    expect(listening("signal.addEventListener('abort', () => end())")).toEqual([finding])
  })

  test('one that hears it once, or is removed', () => {
    expect(listening("signal.addEventListener('abort', () => end(), { once: true })")).toEqual([])
    expect(
      listening("signal.addEventListener('abort', end)\n  signal.removeEventListener('abort', end)"),
    ).toEqual([])
  })
})

describe('the pictures of the architecture', () => {
  const picture = (...lines: string[]) => ['```mermaid', 'flowchart TD', ...lines, '```', ''].join('\n')
  const layersPicture = (...arrows: string[]) =>
    `## Layers\n\n${picture('  netif["@p2pd/netif: ports"]', '  stun["@p2pd/stun: messages"]', ...arrows)}`
  const roomsPicture = (...lines: string[]) => `## Rooms of \`packages/node/src\`\n\n${picture(...lines)}`

  function findingsOf(page: string, files: Readonly<Record<string, string>> = {}): string[] {
    const manifest = { dependencies: { '@p2pd/netif': 'workspace:*' } }
    const packages = [madePackage(netif), madePackage({ folder: 'packages/stun', manifest })].flat()
    const tree = new Map([...packages, ...Object.entries({ 'docs/architecture.md': page, ...files })])
    return checkTree(tree)
      .filter(({ file }) => file === 'docs/architecture.md')
      .map(({ message }) => message)
  }

  test('a package that imports one to which no arrow leads, and an arrow for no import', () => {
    expect(findingsOf(layersPicture('  stun --> netif'))).toEqual([])
    expect(findingsOf(layersPicture('  netif --> stun'))).toEqual([
      '@p2pd/stun imports @p2pd/netif, and no arrow leads there',
      'the arrow from netif to stun stands for no import',
    ])
  })

  test('a room that imports another: a way of arrows is enough; a room without a box', () => {
    const files = {
      'packages/node/src/node.ts': "import './calls/call.ts'\nimport './wire/cbor.ts'\n",
      'packages/node/src/calls/call.ts': "import '../wire/cbor.ts'\nimport '../node-error.ts'\n",
      'packages/node/src/calls/call.test.ts': "import '../node.ts'\n",
      'packages/node/src/wire/cbor.ts': '',
    }
    const [top, wire] = ['  node["node.ts: the node"] --> calls', '  wire["wire/: maps"]']
    const pictures = (...lines: string[]) => `${layersPicture('  stun --> netif')}${roomsPicture(...lines)}`
    expect(findingsOf(pictures(top, '  calls["calls/: one call"] --> wire', wire), files)).toEqual([])
    expect(findingsOf(pictures(top, '  calls["calls/: one call"]', wire), files)).toEqual([
      'node.ts imports wire/, and no arrow leads there',
      'calls/ imports wire/, and no arrow leads there',
    ])
    expect(findingsOf(pictures(top, wire), files)).toContain('no box for calls/')
  })
})
