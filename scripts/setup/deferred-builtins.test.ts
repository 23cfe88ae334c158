import { expect, test } from '@jest/globals'
import { build } from 'esbuild'
import { compileFunction } from 'node:vm'
import { deferredBuiltins } from './deferred-builtins.mjs'

/** The output of a CommonJS module in a bundle. */
async function outputOf(contents: string): Promise<unknown> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    plugins: [deferredBuiltins],
    write: false,
  })
  const required: string[] = []
  const load = (name: string) => {
    required.push(name)
    return { spawn: () => 'spawned' }
  }
  const module = { exports: {} as Record<string, unknown> }
  const text = outputFiles[0]?.text ?? ''
  const run = compileFunction(text, ['module', 'require']) as (...args: unknown[]) => void
  run(module, load)
  const before = [...required]
  return { before, spawned: (module.exports['start'] as () => unknown)(), after: required }
}

test('a required child_process is loaded with its first use', async () => {
  const source =
    "const child = require('node:child_process'); module.exports = { start: () => child.spawn() }"
  expect(await outputOf(source)).toEqual({
    before: [],
    spawned: 'spawned',
    after: ['node:child_process'],
  })
})
