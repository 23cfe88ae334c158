import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

test('examples/change-paths.ts loses no byte, and ends', async () => {
  const example = new URL('../examples/change-paths.ts', import.meta.url).pathname
  const tsx = new URL('../../../node_modules/.bin/tsx', import.meta.url).pathname
  const { stdout } = await promisify(execFile)(tsx, ['--conditions=@p2pd/source', example])
  expect(stdout).toBe('received: 3000000 bytes\nanswered: soup of the day\n')
})
