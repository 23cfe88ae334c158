import { expect, test } from '@jest/globals'
import { connectByDaemon } from './daemon-pipe.ts'
import type { DaemonSession } from './daemon-session.ts'

test('a pipe of the daemon that the command cannot join is closed again', async () => {
  const asked: [string, unknown][] = []
  const opened = { peer: 'p', strategy: 'direct', local: '127.0.0.1:1', remote: '127.0.0.1:2' }
  const request = async (route: string, { path }: { path: { name: string } }) => {
    asked.push([route, path.name])
    return { ...opened, name: path.name }
  }
  // The daemon has ended between its answer and the tunnel: nobody listens on its socket.
  const daemon = { client: { request }, socket: '/nowhere/daemon.sock' }
  const session = { daemon, id: 'cli', newPipeName: () => 'cli-1', onEvent: () => () => {} }
  await expect(connectByDaemon(session as unknown as DaemonSession, 'bob', {})).rejects.toThrow(
    "the daemon can't be reached: it does not exist",
  )
  expect(asked).toEqual([
    ['put /v1/pipes/{name}', 'cli-1'],
    ['delete /v1/pipes/{name}', 'cli-1'],
  ])
})
