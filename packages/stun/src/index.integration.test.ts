import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

test('importing the package opens nothing and prints nothing', async () => {
  const index = new URL('./index.ts', import.meta.url).pathname
  const tsx = new URL('../../../node_modules/.bin/tsx', import.meta.url).pathname
  // Evaluated before and after, since tsx has resources of its own.
  const script = `
    const before = process.getActiveResourcesInfo().sort()
    await import(${JSON.stringify(index)})
    const after = process.getActiveResourcesInfo().sort()
    const opened = after.filter((one) => ['UDPWRAP', 'TCPSERVERWRAP', 'TCPSocketWrap', 'Timeout'].includes(one))
    console.log(JSON.stringify({ opened: opened.length - before.filter((one) => opened.includes(one)).length }))`
  const args = ['--conditions=@p2pd/source', '--input-type=module', '--eval', script]
  const { stdout, stderr } = await promisify(execFile)(tsx, args)
  expect(stdout).toBe('{"opened":0}\n')
  expect(stderr).toBe('')
})
