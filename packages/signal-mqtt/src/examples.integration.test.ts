import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

test('examples/send-message.ts sends a message over two brokers', async () => {
  const example = new URL('../examples/send-message.ts', import.meta.url).pathname
  const tsx = new URL('../../../node_modules/.bin/tsx', import.meta.url).pathname
  const { stdout } = await promisify(execFile)(tsx, ['--conditions=@p2pd/source', example])
  expect(stdout).toMatch(
    /^[0-9a-f]{8} says: hello\n\[ 'mqtt:\/\/one\.example up', 'mqtt:\/\/two\.example up' \]\n$/,
  )
})
