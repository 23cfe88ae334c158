import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

test('examples/binding-request.ts prints what a server sees', async () => {
  const example = new URL('../examples/binding-request.ts', import.meta.url).pathname
  const tsx = new URL('../../../node_modules/.bin/tsx', import.meta.url).pathname
  const { stdout } = await promisify(execFile)(tsx, ['--conditions=@p2pd/source', example])
  expect(stdout).toMatch(/^UDP port (\d+) is seen as 127\.0\.0\.1:\1\n$/)
})
