import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

test('examples/discover.ts names a NAT and a port', async () => {
  const example = new URL('../examples/discover.ts', import.meta.url).pathname
  const tsx = new URL('../../../node_modules/.bin/tsx', import.meta.url).pathname
  const { stdout } = await promisify(execFile)(tsx, ['--conditions=@p2pd/source', example])
  expect(stdout).toMatch(/^udp-firewall, endpoint-independent mapping, ports not-applicable\n/)
  expect(stdout).toMatch(/filtering unknown: no server offers an alternate address/)
  expect(stdout).toMatch(/port 50000 will be seen as 50000 \(100 %\)/)
})
