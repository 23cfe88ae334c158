import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ManualClock } from '@p2pd/netif/testing'
import { MAX_QUEUED_BYTES, MessageQueue, type Overflow } from './message-queue.ts'
import type { Message } from './pattern.ts'

const from = { ip: '192.0.2.1', port: 7 }
const message = (...data: number[]): Message => ({ data: Uint8Array.from(data), from })
const contents = (messages: readonly (Message | undefined)[]) => messages.map((m) => m && [...m.data])
const byValue = (a: number, b: number) => a - b
const isOdd = ({ data }: Message) => (data[0] ?? 0) % 2 === 1

function queueOf(limit: number, overflow: Overflow) {
  const full: boolean[] = []
  const clock = new ManualClock()
  return { queue: new MessageQueue(clock, { limit, overflow }, (now) => full.push(now)), full, clock }
}

/** One step of a random program on the queue. */
const step = fc.oneof(
  fc.record({ push: fc.nat(255) }),
  fc.constant({ take: 'any' } as const),
  fc.constant({ take: 'odd' } as const),
)

test.each(['drop-oldest', 'drop-newest', 'pause'] as const)(
  'behaves as a plain array would: %s',
  (overflow) => {
    fc.assert(
      fc.property(fc.array(step), fc.integer({ min: 1, max: 5 }), (program, limit) => {
        const { queue } = queueOf(limit, overflow)
        let model: number[] = []
        let dropped = 0
        for (const action of program) {
          if ('push' in action) {
            queue.push(message(action.push))
            const isFull = model.length === limit
            if (isFull && overflow !== 'pause') dropped++
            if (!isFull || overflow !== 'drop-newest') model.push(action.push)
            if (overflow === 'drop-oldest') model = model.slice(-limit)
            continue
          }
          const at = action.take === 'any' ? 0 : model.findIndex((value) => value % 2 === 1)
          const [expected] = at < 0 ? [] : model.splice(at, 1)
          expect(queue.take(action.take === 'any' ? undefined : isOdd)?.data[0]).toBe(expected)
        }
        expect([queue.size, queue.dropped]).toEqual([model.length, dropped])
        expect(contents(queue.drain())).toEqual(model.map((value) => [value]))
      }),
    )
  },
)

test('every message goes to exactly one of many calls, each to the first that wants it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(255), { maxLength: 20 }),
      fc.array(fc.boolean()),
      async (values, odd) => {
        const { queue } = queueOf(1000, 'drop-oldest')
        const received: number[] = []
        const calls = odd.map(async (onlyOdd) => {
          const wanted = onlyOdd ? isOdd : undefined
          received.push((await queue.recv({}, wanted)).data[0] ?? -1)
        })
        for (const value of values) if (!queue.offer(message(value))) queue.push(message(value))
        const left = queue.drain().map(({ data }) => data[0] ?? -1)
        const end = Object.assign(new Error('end'))
        queue.end(end as never)
        await Promise.allSettled(calls)
        expect([...received, ...left].sort(byValue)).toEqual([...values].sort(byValue))
      },
    ),
  )
})

test('tells a time-out from an empty and a closed queue', async () => {
  const { queue, clock } = queueOf(8, 'pause')
  await expect(queue.recv({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'PIPE_EMPTY' })
  const late = expect(queue.recv({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'PIPE_TIMEOUT' })
  await clock.advance(50)
  await late
  queue.push(message())
  queue.end({ code: 'PIPE_CLOSED' } as never)
  expect((await queue.recv({ timeoutMs: 0 })).data).toHaveLength(0)
  await expect(queue.recv({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'PIPE_CLOSED' })
  expect(clock.pending).toBe(0)
})

test('a signal ends the wait, before and after it began', async () => {
  const { queue, clock } = queueOf(8, 'pause')
  const controller = new AbortController()
  const waiting = queue.recv({ signal: controller.signal, timeoutMs: 1000 })
  controller.abort('enough')
  await expect(waiting).rejects.toMatchObject({ code: 'PIPE_ABORTED', cause: 'enough' })
  await expect(queue.recv({ signal: controller.signal })).rejects.toMatchObject({ code: 'PIPE_ABORTED' })
  expect([clock.pending, queue.waiting]).toEqual([0, 0])
})

test('a queue that pauses says when it is full and when half of it is free', () => {
  const { queue, full } = queueOf(4, 'pause')
  for (let i = 0; i < 4; i++) queue.push(message(i))
  expect(full).toEqual([true])
  queue.take()
  expect(full).toEqual([true])
  queue.take()
  expect(full).toEqual([true, false])
})

test('bytes fill a queue as well as messages', () => {
  const { queue, full } = queueOf(1000, 'pause')
  queue.push({ data: new Uint8Array(MAX_QUEUED_BYTES), from })
  expect(full).toEqual([true])
  queue.drain()
  expect(full).toEqual([true, false])
})

test('a call that wants something else fails when the queue can take no more', async () => {
  const { queue } = queueOf(2, 'pause')
  const waiting = queue.recv({}, isOdd)
  queue.push(message(2))
  queue.push(message(4))
  await expect(waiting).rejects.toMatchObject({ code: 'PIPE_QUEUE_FULL' })
  await expect(queue.recv({}, isOdd)).rejects.toMatchObject({ code: 'PIPE_QUEUE_FULL' })
})

test.each([-1, Number.NaN])('refuses a time-out of %d', async (timeoutMs) => {
  await expect(queueOf(1, 'pause').queue.recv({ timeoutMs })).rejects.toMatchObject({
    code: 'PIPE_INVALID_ARGUMENT',
  })
})
