import { expect, test } from '@jest/globals'
import type { HeldPipe } from '../pipes/held-pipe.ts'
import { PipeTexts } from './pipe-texts.ts'

/** A pipe with the fields that its JSON has. */
function heldPipe() {
  const connection = { strategy: 'relay', local: { ip: '192.0.2.1', port: 1 }, rttMs: 1, report: [{}] }
  return {
    pipe: { connection: { ...connection, remote: { ip: '192.0.2.2', port: 2 } } },
    traffic: { sent: 0, received: 0 },
    inbox: { unread: 0, dropped: 0 },
    moves: { isSuspended: false, list: () => [] as unknown[] },
    isJoined: false,
  }
}

test('a list is the same bytes while nothing of it changes, and follows pipes that come, change and go', () => {
  const [one, two] = [heldPipe(), heldPipe()]
  const texts = new PipeTexts()
  const list = (...pipes: ReturnType<typeof heldPipe>[]) =>
    texts.list(pipes as unknown as HeldPipe[], ({ traffic }) => `{"é":${traffic.sent}}`)
  expect(String(list())).toBe('{"items":[]}')
  const first = list(one, two)
  expect(String(first)).toBe('{"items":[{"é":0},{"é":0}]}')
  expect(list(one, two)).toBe(first)
  two.traffic.sent = 7
  expect(String(list(one, two))).toBe('{"items":[{"é":0},{"é":7}]}')
  expect(String(list(two, one))).toBe('{"items":[{"é":7},{"é":0}]}')
  expect(String(list(two))).toBe('{"items":[{"é":7}]}')
  expect(String(list())).toBe('{"items":[]}')
})

test('the JSON of a pipe is made anew when something of it has changed, and only then', () => {
  const held = heldPipe()
  const texts = new PipeTexts()
  let made = 0
  const isMadeAnew = () => {
    const before = made
    const text = String(texts.list([held as unknown as HeldPipe], () => String(++made)))
    expect(text).toBe(`{"items":[${made}]}`)
    return made > before
  }
  expect([isMadeAnew(), isMadeAnew()]).toEqual([true, false])
  const changes = [
    () => held.traffic.sent++,
    () => held.traffic.received++,
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
