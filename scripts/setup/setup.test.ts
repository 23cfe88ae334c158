import { describe, expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleEntries, licencesOf, outsideOf, reachableTypes, staleFiles } from './bundle-entries.mjs'
import { missingPackages } from './debian-packages.mjs'
import { nodeVersionProblem } from './node-version.mjs'
import { CommandError, lastLines, runCommand, shellCommand } from './run-command.mjs'

test.each([
  ['20.19.0', true],
  ['20.18.3', false],
  ['18.20.0', false],
  ['22.0.0', true],
  ['24.1.0', true],
])('Node %s will do: %s', (version, will) => {
  expect(nodeVersionProblem(version) === undefined).toBe(will)
})

test('Windows runs scripts of its shell by the shell, with quotes; programs are started as they are', () => {
  expect(shellCommand('npm', ['install', 'a b'], false)).toEqual({
    command: 'npm',
    args: ['install', 'a b'],
    shell: false,
  })
  expect(shellCommand('npm', ['install', 'a b', 'x@1.0.0', '{"a":1}'], true)).toEqual({
    command: 'npm install "a b" x@1.0.0 "{""a"":1}"',
    args: [],
    shell: true,
  })
  const node = 'C:\\Program Files\\nodejs\\node.exe'
  expect(shellCommand(node, ['-p', '1'], true)).toEqual({ command: node, args: ['-p', '1'], shell: false })
})

test('a Debian package is missing when it was never there, and when only its settings are left', () => {
  const listing = 'socat installed\ncoturn config-files\n'
  expect(missingPackages(['coturn', 'socat', 'tshark'], listing)).toEqual(['coturn', 'tshark'])
})

test('types are reached from the entries of the manifest, by every form of import', () => {
  const files: Record<string, string> = {
    'index.d.ts': `export * from './a.ts'\nimport './b.js'\nimport { c } from '@p2pd/netif'`,
    'a.d.ts': `export declare const d: import("./rooms/c.ts").C\nexport type { A } from './index.ts'`,
    'b.d.ts': `/** import './no.ts' */`,
    'rooms/c.d.ts': `import type { D } from '../d.ts'`,
    'd.d.ts': '',
    'bin.d.ts': 'export {}',
  }
  const manifest = {
    publishConfig: {
      exports: {
        '.': { types: './dist/index.d.ts', default: './dist/index.js' },
        './bin': { default: './dist/bin.js' },
      },
    },
  }
  const reached = reachableTypes(manifest, (path) => files[path] ?? `no ${path}`)
  expect([...reached].sort()).toEqual(Object.keys(files).sort())
})

test('types that nobody reaches are stale, and code that the last bundle does not list', () => {
  const made = ['a.js', 'a.d.ts', 'node', 'node/b.d.ts', 'c-X1.js', 'c-X2.js', 'gone.d.ts', 'LICENCES.txt']
  const stale = staleFiles(made, ['a.js', 'c-X2.js'], new Set(['a.d.ts', 'node/b.d.ts']))
  expect(stale).toEqual(['c-X1.js', 'gone.d.ts'])
})

test('what is bundled: entries, commands, and programs that are started by path', () => {
  const entry = (file: string) => ({ types: `./dist/${file}.d.ts`, default: `./dist/${file}.js` })
  const manifest = {
    bin: { p2pd: './dist/bin.js' },
    publishConfig: {
      exports: {
        '.': entry('index'),
        './node': entry('nodejs/index'),
        './bin': { default: './dist/bin.js' },
      },
    },
  }
  expect(bundleEntries(manifest, ['callee=src/demo/callee.ts'])).toEqual([
    { in: 'src/index.ts', out: 'index' },
    { in: 'src/nodejs/index.ts', out: 'nodejs/index' },
    { in: 'src/bin.ts', out: 'bin' },
    { in: 'src/demo/callee.ts', out: 'callee' },
  ])
})

test('what stays outside of a bundle: all that npm installs with the package', () => {
  const manifest = {
    dependencies: { mqtt: '5' },
    peerDependencies: { koffi: '3' },
    devDependencies: { cborg: '6' },
  }
  expect(outsideOf(manifest)).toEqual(['mqtt', 'mqtt/*', 'koffi', 'koffi/*'])
})

test('a bundle carries the licence of each package in it, once', () => {
  const folder = dirname(fileURLToPath(import.meta.resolve('esbuild/package.json')))
  const licences = licencesOf([`${folder}/lib/main.js`, `${folder}/package.json`, 'src/index.ts'])
  expect(licences).toMatch(/^esbuild [\d.]+ \(MIT\)\n\nMIT License/)
  expect(licences.match(/Permission is hereby granted/g)).toHaveLength(1)
  expect(licencesOf(['src/index.ts'])).toBe('')
})

describe('a command', () => {
  const node = (script: string, timeoutMs?: number) =>
    runCommand(process.execPath, ['-e', script], timeoutMs === undefined ? {} : { timeoutMs })

  test('brings both output streams', async () => {
    const output = await node('console.log("out"); console.error("error")')
    expect(output.split('\n').sort()).toEqual(['', 'error', 'out'])
  })

  test('that fails says how, with its last lines', async () => {
    const error = await node('console.log("why"); process.exitCode = 3').catch((error: unknown) => error)
    expect(error).toBeInstanceOf(CommandError)
    expect(error).toMatchObject({ message: 'exit status 3', output: 'why' })
  })

  test('that cannot be started says so', async () => {
    await expect(runCommand('/nowhere/to/be/found', [])).rejects.toThrow('could not be started')
  })

  test('that takes too long is ended with all it has started', async () => {
    const child = `require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })`
    await expect(node(child, 500)).rejects.toThrow('took longer than')
  })

  test('in the background yields to all others, and so does what it starts', async () => {
    const priority = `const { getPriority } = require('os'); while (getPriority() === 0); console.log(getPriority());`
    const autogroup = `if (fs.existsSync('/proc/self/autogroup')) console.log(fs.readFileSync('/proc/self/autogroup', 'utf8'))`
    const output = await runCommand(process.execPath, ['-e', `${priority} ${autogroup}`], {
      background: true,
      timeoutMs: 20_000,
    })
    expect(output).toMatch(existsSync('/proc/self/autogroup') ? /^19\n.* nice 19\n/ : /^19\n/)
  })

  test('shows the last lines alone', () => {
    expect(lastLines('1\n2\n3\n', 2)).toBe('2\n3')
  })
})
