import { expect, test } from '@jest/globals'
import type { DaemonEvent } from './event-log.ts'
import { EventLog } from './event-log.ts'
import { type EventReader, followEvents, MAX_UNREAD_BYTES } from './follow-events.ts'

/** A client that takes everything, until it is made slow. */
class Reader implements EventReader {
  readonly received: (number | string)[] = []
  backlog = 0
  unread = () => this.backlog
  send = ({ id }: DaemonEvent) => void this.received.push(id)
  gap = () => void this.received.push('gap')
  heartbeat = () => void this.received.push('alive')
  cut = () => void this.received.push('cut')
}

test('a client gets what it has missed, then what comes', () => {
  const events = new EventLog()
  for (let i = 0; i < 3; i++) events.add('made', {})
  const reader = new Reader()
  const stop = followEvents(events, reader, 1)
  events.add('made', {})
  stop()
  events.add('made', {})
  expect(reader.received).toEqual([2, 3, 4])
})

test('a client that does not read is cut off, and sent nothing more', () => {
  const events = new EventLog()
  const reader = new Reader()
  const stop = followEvents(events, reader, undefined)
  reader.backlog = MAX_UNREAD_BYTES + 1
  events.add('made', {})
  expect(reader.received).toEqual(['cut'])
  stop()
})
