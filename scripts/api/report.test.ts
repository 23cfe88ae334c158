import { expect, test } from '@jest/globals'
import ts from 'typescript'
import { apiReport, programOf } from './report.ts'

const files: Readonly<Record<string, string>> = {
  '/dist/index.d.ts': [
    "export { call, type Options as CallOptions } from './call.ts'",
    "export * from './codes.ts'",
    "export type { Clock } from '@p2pd/netif'",
    "import type { Timer as Wake } from '@p2pd/netif'",
    'export type { Wake }',
  ].join('\n'),
  '/dist/call.d.ts': [
    "import { type Codes as Known } from './codes.ts'",
    "import type { Hidden } from './hidden.ts'",
    '/** A comment that may change. */',
    'export declare function call(options: Options): void',
    'export declare function call(options: Options, more: Known): void',
    "export interface Options extends Hidden { readonly inner: import('./hidden.ts').Inner }",
    'export declare const notExported: 1',
  ].join('\n'),
  '/dist/codes.d.ts': 'declare const Codes: { readonly A: 1 };\ntype Codes = typeof Codes\nexport { Codes }',
  '/dist/lost.d.ts': "export { Gone } from './hidden.ts'",
  '/dist/hidden.d.ts': 'export interface Hidden {}\nexport type Inner = string',
}

const host: ts.CompilerHost = {
  ...ts.createCompilerHost({}),
  directoryExists: () => true,
  fileExists: (path) => path in files,
  readFile: (path) => files[path],
  getSourceFile: (path) => {
    const text = files[path]
    return text === undefined ? undefined : ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
  },
}

function report(files: Record<string, string>): string {
  const entries = Object.entries(files).map(([title, file]) => ({ title, file }))
  return apiReport('a', '/dist/', entries, programOf(entries, host))
}

/** The declarations of a report, one line for each. */
const lines = (text: string) => text.split('\n').filter((line) => /^(export|declare|type|\/\/|##)/.test(line))

test('a report has all that an entry exports, sorted, without comments, and what this mentions', () => {
  expect(lines(report({ a: '/dist/index.d.ts' }))).toEqual([
    '## a',
    '// as CallOptions',
    'export interface Options extends Hidden {',
    "export { Clock } from '@p2pd/netif'",
    'declare const Codes: {',
    'type Codes = typeof Codes;',
    "export { Timer as Wake } from '@p2pd/netif'",
    'export declare function call(options: Options): void;',
    'export declare function call(options: Options, more: Known): void;',
    '## Mentioned, and exported by no entry',
    'export interface Hidden {',
    'export type Inner = string;',
  ])
})

test('a second entry names again what the first one has shown', () => {
  const text = report({ a: '/dist/hidden.d.ts', 'a/node': '/dist/hidden.d.ts' })
  expect(lines(text).slice(-3)).toEqual(['## a/node', '// Hidden: as above', '// Inner: as above'])
})

test('an export that leads nowhere is an error', () => {
  expect(() => report({ a: '/dist/none.d.ts' })).toThrow('is not there')
  expect(() => report({ a: '/dist/lost.d.ts' })).toThrow('Gone leads nowhere')
})
