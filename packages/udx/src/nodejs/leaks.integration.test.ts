import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

const systemTest = process.platform === 'win32' ? test.skip : test

systemTest('200 pairs, 20 at once, leave no descriptor and no timer, and let the process end', async () => {
  const program = new URL('testdata/many-pairs.ts', import.meta.url).pathname
  const tsx = new URL('../../../../node_modules/.bin/tsx', import.meta.url).pathname
  const { stdout } = await promisify(execFile)(tsx, ['--conditions=@p2pd/source', program])
  const { before, after } = JSON.parse(stdout)
  expect(after).toEqual(before)
})
