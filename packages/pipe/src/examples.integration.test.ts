import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

async function run(name: string): Promise<string> {
  const example = new URL(`../examples/${name}.ts`, import.meta.url).pathname
  const tsx = new URL('../../../node_modules/.bin/tsx', import.meta.url).pathname
  return (await promisify(execFile)(tsx, ['--conditions=@p2pd/source', example])).stdout
}

test('examples/from-the-nic-up.ts: interface, route, resolve, UDP pipe, send, receive', async () => {
  expect(await run('from-the-nic-up')).toMatch(/^.+: hello from port \d+\n$/)
})

test('C17: examples/hand-over.ts: another process answers on the socket', async () => {
  expect(await run('hand-over')).toBe('process another answered hello\n')
})
