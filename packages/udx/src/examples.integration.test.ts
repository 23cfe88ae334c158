import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

test('examples/one-socket.ts receives a datagram and a stream, and ends', async () => {
  const example = new URL('../examples/one-socket.ts', import.meta.url).pathname
  const tsx = new URL('../../../node_modules/.bin/tsx', import.meta.url).pathname
  const { stdout } = await promisify(execFile)(tsx, ['--conditions=@p2pd/source', example])
  expect(stdout).toBe('received: a datagram\nechoed: a stream\n')
})
