import { expect, test } from '@jest/globals'
import { EventLog } from './event-log.ts'

const ids = ({ events }: { events: readonly { id: number }[] }) => events.map(({ id }) => id)

test('replays what a client has missed, and says when some of it is gone', () => {
  const log = new EventLog()
  for (let i = 0; i < 1005; i++) log.add('made', { number: i })
  expect(ids(log.since(1003))).toEqual([1004, 1005])
  expect(log.since(1003).gap).toBe(false)
  expect(log.since(5)).toMatchObject({ gap: false })
  expect(ids(log.since(5))).toHaveLength(1000)
  expect(log.since(4)).toMatchObject({ gap: true })
})

test('a number of an earlier daemon is a gap', () => {
  const log = new EventLog()
  log.add('made', {})
  expect(log.since(4711)).toMatchObject({ gap: true })
  expect(ids(log.since(4711))).toEqual([1])
})
