import { expect, test } from '@jest/globals'
import { output } from './testdata/tools.ts'

test('examples/embedded-servers.ts prints a servers file', async () => {
  const example = new URL('../examples/embedded-servers.ts', import.meta.url).pathname
  const tsx = new URL('../../../node_modules/.bin/tsx', import.meta.url).pathname
  const text = await output(tsx, ['--conditions=@p2pd/source', example])
  expect(text).toContain('"stun:127.0.0.2:')
  expect(text).toContain('"mqtt://127.0.0.1:')
})
