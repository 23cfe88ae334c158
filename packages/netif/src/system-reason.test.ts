import { expect, test } from '@jest/globals'
import { systemReason } from './system-reason.ts'

const failure = (code: string, message = `${code}: no such file or directory, open '/x'`) =>
  Object.assign(new Error(message), { code })

test('an error of the system is reported in words', () => {
  expect(systemReason(failure('ENOENT'))).toBe('it does not exist')
  expect(systemReason(failure('ECONNREFUSED', 'connect ECONNREFUSED 192.0.2.1:80'))).toBe(
    'connection refused',
  )
  const listed = failure('ERR_SYSTEM_ERROR', 'uv_interface_addresses returned EACCES')
  expect(systemReason(Object.assign(listed, { info: { code: 'EACCES' } }))).toBe('permission denied')
})

test('any other error keeps its message', () => {
  expect(systemReason(failure('NODE_CLOSED', 'the node is closed'))).toBe('the node is closed')
  expect(systemReason(failure('EUNHEARDOF', 'EUNHEARDOF: odd'))).toBe('EUNHEARDOF: odd')
  expect(systemReason(new Error('odd'))).toBe('odd')
  expect(systemReason('odd')).toBe('odd')
  expect(systemReason(undefined)).toBe('undefined')
})
