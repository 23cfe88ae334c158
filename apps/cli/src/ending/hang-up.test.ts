import { expect, test } from '@jest/globals'
import { isReloadOnHangUp } from './hang-up.ts'

test('a closed console of Windows ends a command; elsewhere SIGHUP reloads its settings', () => {
  expect(isReloadOnHangUp('win32')).toBe(false)
  for (const platform of ['linux', 'darwin', 'freebsd'] as const)
    expect(isReloadOnHangUp(platform)).toBe(true)
})
