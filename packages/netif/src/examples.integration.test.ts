import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

test('examples/from-the-nic-up.ts sends and receives', async () => {
  const example = new URL('../examples/from-the-nic-up.ts', import.meta.url).pathname
  const tsx = new URL('../../../node_modules/.bin/tsx', import.meta.url).pathname
  const { stdout } = await promisify(execFile)(tsx, ['--conditions=@p2pd/source', example])
  expect(stdout).toMatch(/^.+: \w+, published: (true|false)\nanswered: hello\n$/)
})
