import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

test('importing the package does not load mqtt.js: that takes longer than many a program', async () => {
  const tsx = new URL('../../../../node_modules/.bin/tsx', import.meta.url).pathname
  // Of mqtt.js, which is a CommonJS package, the cache of `require` names every file.
  const program = `
    import { createRequire } from 'node:module'
    const { openSignal } = await import('@p2pd/signal-mqtt/node')
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((file) => /[/]mqtt[/]/.test(file))
    const before = loaded()
    await import('mqtt')
    console.log(typeof openSignal, before, loaded())`
  const args = ['--conditions=@p2pd/source', '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(tsx, args, { cwd: new URL('../..', import.meta.url).pathname })
  expect(stdout.trim()).toBe('function false true')
})
