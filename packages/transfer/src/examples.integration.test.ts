import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

test('examples/send-a-folder.ts moves its file, and ends', async () => {
  const example = new URL('../examples/send-a-folder.ts', import.meta.url).pathname
  const tsx = new URL('../../../node_modules/.bin/tsx', import.meta.url).pathname
  const { stdout } = await promisify(execFile)(tsx, ['--conditions=@p2pd/source', example])
  expect(stdout).toBe(
    [
      'offered: 1 file of 20 bytes in recipes',
      'recipes/soup.txt: stored',
      'stored: 1, failed: 0',
      'onions, water, salt\n\n',
    ].join('\n'),
  )
})
