import { expect, test } from '@jest/globals'
import { userInfo } from 'node:os'
import { socketPath } from './socket-path.ts'

test('commands find the daemon by a named pipe of the user on Windows, by a socket elsewhere', () => {
  expect(socketPath({ APPDATA: '/roaming' }, 'win32')).toBe(`\\\\.\\pipe\\p2pd-${userInfo().username}`)
  expect(socketPath({ XDG_CONFIG_HOME: '/x' }, 'linux')).toBe('/x/p2pd/run/daemon.sock')
  expect(socketPath({ XDG_CONFIG_HOME: '/x' }, 'freebsd')).toBe('/x/p2pd/run/daemon.sock')
  expect(socketPath({}, 'darwin')).toMatch(/\/Library\/Application Support\/p2pd\/run\/daemon\.sock$/)
})
