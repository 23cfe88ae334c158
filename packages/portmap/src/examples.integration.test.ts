import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

test('examples/map-a-port.ts maps a port', async () => {
  const example = new URL('../examples/map-a-port.ts', import.meta.url).pathname
  const tsx = new URL('../../../node_modules/.bin/tsx', import.meta.url).pathname
  const { stdout } = await promisify(execFile)(tsx, ['--conditions=@p2pd/source', example])
  expect(stdout).toBe('203.0.113.7:4000 by nat-pmp for 3600 s, publishable: true\n')
})
