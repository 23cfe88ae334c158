import { expect, test } from '@jest/globals'
import type { HeldPipe } from '../pipes/held-pipe.ts'
import { PipeTexts } from './pipe-texts.ts'

test('the JSON of a pipe is made anew when something of it has changed, and only then', () => {
  const connection = { strategy: 'relay', local: { ip: '192.0.2.1', port: 1 }, rttMs: 1, report: [{}] }
  const held = {
    pipe: { connection: { ...connection, remote: { ip: '192.0.2.2', port: 2 } } },
    bytes: { sent: 0, received: 0 },
    inbox: { unread: 0, dropped: 0 },
    moves: { isSuspended: false, list: () => [] as unknown[] },
    isJoined: false,
  }
  const texts = new PipeTexts()
  let made = 0
  const isMadeAnew = () => {
    const before = made
    texts.get(held as unknown as HeldPipe, () => String(++made))
    return made > before
  }
  expect([isMadeAnew(), isMadeAnew()]).toEqual([true, false])
  const changes = [
    () => held.bytes.sent++,
    () => held.bytes.received++,
    () => held.inbox.unread++,
    () => (held.moves.isSuspended = true),
    () => (held.moves.list = () => [held]),
    () => (held.pipe.connection.strategy = 'direct'),
    () => (held.pipe.connection.rttMs = 2),
    () => (held.pipe.connection.remote.port = 3),
    () => held.pipe.connection.report.push({}),
    () => (held.isJoined = true),
  ]
  for (const change of changes) {
    change()
    expect([isMadeAnew(), isMadeAnew()]).toEqual([true, false])
  }
})
