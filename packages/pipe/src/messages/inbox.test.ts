import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { Inbox } from './inbox.ts'
import type { Overflow } from './message-queue.ts'
import { PipeError } from '../pipe-error.ts'

const alice = { ip: '192.0.2.1', port: 1 }
const bob = { ip: '192.0.2.2', port: 2 }
const bytes = (text: string) => new TextEncoder().encode(text)
const text = ({ data }: { data: Uint8Array }) => new TextDecoder().decode(data)

function newInbox(overflow: Overflow = 'pause') {
  const clock = new ManualClock()
  const flow: boolean[] = []
  const reported: unknown[] = []
  const inbox = new Inbox({
    clock,
    overflow,
    flow: (paused) => flow.push(paused),
    report: (error) => reported.push(error),
  })
  const deliver = (content: string, from = alice) => inbox.deliver({ data: bytes(content), from })
  return { inbox, clock, flow, reported, deliver }
}

test('C9: each subscription that wants a message gets a copy', async () => {
  const { inbox, deliver } = newInbox()
  const pings = inbox.subscribe({ match: /^ping/ })
  const fromBob = inbox.subscribe({ from: { ...bob, port: 0 } })
  deliver('ping 1', bob)
  deliver('pong', bob)
  deliver('ping 2', alice)
  expect([text(await pings.recv()), text(await pings.recv())]).toEqual(['ping 1', 'ping 2'])
  expect([text(await fromBob.recv()), text(await fromBob.recv())]).toEqual(['ping 1', 'pong'])
})

test('C9: recv takes the first that matches and leaves the others in order', async () => {
  const { inbox, deliver } = newInbox()
  for (const content of ['a1', 'b1', 'a2']) deliver(content)
  expect(text(await inbox.recv({ match: /b/ }))).toBe('b1')
  expect([text(await inbox.recv()), text(await inbox.recv())]).toEqual(['a1', 'a2'])
  deliver('from bob', bob)
  deliver('from alice', alice)
  expect(text(await inbox.recv({ from: alice }))).toBe('from alice')
  expect(text(await inbox.recv({ from: { ...bob, port: 0 } }))).toBe('from bob')
})

test('C9: a waiting recv is served beside subscriptions; later ones are not', async () => {
  const { inbox, deliver } = newInbox()
  const all = inbox.subscribe()
  const waiting = inbox.recv()
  deliver('both')
  deliver('subscription alone')
  expect([text(await waiting), text(await all.recv())]).toEqual(['both', 'both'])
  await expect(inbox.recv({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'PIPE_EMPTY' })
})

test('C9: after unsubscribing messages go to the queue again', async () => {
  const { inbox, deliver } = newInbox()
  const all = inbox.subscribe()
  const waiting = all.recv()
  all.close()
  await expect(waiting).rejects.toMatchObject({ code: 'PIPE_CLOSED' })
  deliver('later')
  expect(text(await inbox.recv())).toBe('later')
})

test('C9: a handler gets what waited for it, then what comes, in order', async () => {
  const { inbox, deliver } = newInbox()
  const seen: string[] = []
  deliver('a1')
  deliver('b1')
  const stop = inbox.onMessage((data) => void seen.push(text({ data })), { match: /^a/ })
  deliver('a2')
  expect(seen).toEqual([])
  await Promise.resolve()
  expect(seen).toEqual(['a1', 'a2'])
  stop()
  deliver('a3')
  expect([text(await inbox.recv()), text(await inbox.recv())]).toEqual(['b1', 'a3'])
})

test('C9: a full queue drops the oldest or the newest, and counts', async () => {
  for (const [overflow, kept] of [
    ['drop-oldest', ['2', '3']],
    ['drop-newest', ['1', '2']],
  ] as const) {
    const { inbox, deliver } = newInbox('drop-oldest')
    const subscription = inbox.subscribe({ limit: 2, overflow })
    for (const content of ['1', '2', '3']) deliver(content)
    expect(subscription.dropped).toBe(1)
    expect([text(await subscription.recv()), text(await subscription.recv())]).toEqual(kept)
  }
})

test('C9: the slowest queue decides when the network pauses', async () => {
  const { inbox, deliver, flow } = newInbox()
  const slow = inbox.subscribe({ limit: 2 })
  const slower = inbox.subscribe({ limit: 1 })
  deliver('1')
  deliver('2')
  expect(flow).toEqual([true])
  await slow.recv()
  await slow.recv()
  expect(flow).toEqual([true])
  await slower.recv()
  await slower.recv()
  expect(flow).toEqual([true, false])
})

test('C9: closing a full subscription lets the network go on', () => {
  const { inbox, deliver, flow } = newInbox()
  const subscription = inbox.subscribe({ limit: 1 })
  deliver('1')
  subscription.close()
  expect(flow).toEqual([true, false])
})

test('a handler works on one message at a time', async () => {
  const { inbox, deliver } = newInbox()
  const log: string[] = []
  const done: (() => void)[] = []
  inbox.onMessage((data) => {
    log.push(text({ data }))
    return new Promise<void>((resolve) => done.push(resolve))
  })
  deliver('1')
  deliver('2')
  expect(log).toEqual(['1'])
  done[0]?.()
  await new Promise(setImmediate)
  expect(log).toEqual(['1', '2'])
})

test('C10: what handlers throw, now or later, is reported, and the next message comes', async () => {
  const { inbox, deliver, reported } = newInbox()
  inbox.onMessage((data) => {
    if (text({ data }) === 'now') throw new Error('now')
    return Promise.reject(new Error('later'))
  })
  deliver('now')
  deliver('later')
  await new Promise(setImmediate)
  expect(reported).toEqual([new Error('now'), new Error('later')])
})

test('iterating ends at the end, after what was queued', async () => {
  const { inbox, deliver } = newInbox()
  const all = inbox.subscribe()
  deliver('1')
  deliver('2')
  inbox.end(new PipeError('PIPE_CLOSED', 'closed'), false)
  const seen: string[] = []
  for await (const message of all) seen.push(text(message))
  expect(seen).toEqual(['1', '2'])
})

test('the answer to the last message is waited for, but not for ever', async () => {
  const { inbox, deliver, clock } = newInbox()
  deliver('1')
  inbox.end(new PipeError('PIPE_CLOSED', 'closed'), false)
  let answered = 0
  inbox.whenAnswered(() => answered++)
  await clock.advance(4000)
  await inbox.recv()
  await clock.advance(4000)
  expect(answered).toBe(0)
  await clock.advance(1000)
  expect([answered, clock.pending]).toEqual([1, 0])
})

test.each(['the inbox', 'a subscription'])(
  'a reader of %s that waited for the last message has time for its answer',
  async (reader) => {
    const { inbox, deliver, clock } = newInbox()
    const source = reader === 'the inbox' ? inbox : inbox.subscribe()
    const taken = source.recv()
    deliver('question')
    inbox.end(new PipeError('PIPE_CLOSED', 'the peer closed the pipe'), false)
    let answered = 0
    inbox.whenAnswered(() => answered++)
    expect([text(await taken), answered]).toEqual(['question', 0])
    // The answer has been sent: the reader asks for more, and learns of the end.
    await expect(source.recv()).rejects.toMatchObject({ code: 'PIPE_CLOSED' })
    expect([answered, clock.pending]).toEqual([1, 0])
  },
)

test('a reader that sees the end has answered', async () => {
  const { inbox, deliver, clock } = newInbox()
  deliver('1')
  inbox.end(new PipeError('PIPE_CLOSED', 'closed'), false)
  let answered = 0
  inbox.whenAnswered(() => answered++)
  await inbox.recv()
  await expect(inbox.recv()).rejects.toMatchObject({ code: 'PIPE_CLOSED' })
  expect([answered, clock.pending]).toEqual([1, 0])
})

test.each([{ limit: 0 }, { limit: 1.5 }, { overflow: 'pause' as const }])(
  'refuses %j on datagrams',
  (options) => {
    const { inbox } = newInbox('drop-oldest')
    expect(() => inbox.subscribe(options)).toThrow(expect.objectContaining({ code: 'PIPE_INVALID_ARGUMENT' }))
  },
)

test('when the pipe is gone no answer is waited for', () => {
  const { inbox, deliver, clock } = newInbox()
  deliver('1')
  inbox.end(new PipeError('PIPE_CLOSED', 'closed'), false)
  inbox.whenAnswered(() => {})
  expect(clock.pending).toBe(1)
  inbox.end(new PipeError('PIPE_RESET', 'reset'), false)
  expect(clock.pending).toBe(0)
})
