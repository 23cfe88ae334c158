import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

test.each(['tcp', 'udp'])(
  '500 open-close cycles leave handles and timers as they were: %s',
  async (transport) => {
    const program = new URL('../../test/leaks.ts', import.meta.url).pathname
    const tsx = new URL('../../../../node_modules/.bin/tsx', import.meta.url).pathname
    const { stdout } = await promisify(execFile)(tsx, [
      '--conditions=@p2pd/source',
      program,
      transport,
      '500',
    ])
    const { before, after } = JSON.parse(stdout) as { before: string[]; after: string[] }
    expect(after).toEqual(before)
  },
)
