import { execFileSync } from 'node:child_process'
import { expect, test } from '@jest/globals'

const posix = process.platform === 'win32' ? test.skip : test

posix('I1: fault 12: a process learns how many descriptors it may have', () => {
  const root = new URL('../../../../', import.meta.url).pathname
  const program = "import('@p2pd/netif/node').then(({ descriptorLimit }) => console.log(descriptorLimit()))"
  const node = `${process.execPath} --conditions=@p2pd/source --import tsx --input-type=module --eval`
  const options = { cwd: `${root}packages/node`, env: { ...process.env, NODE_OPTIONS: '' } }
  const shell = ['-c', `ulimit -n 123; exec ${node} "$0"`, program]
  expect(execFileSync('sh', shell, options).toString()).toBe('123\n')
})
