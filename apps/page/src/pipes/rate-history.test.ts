import { expect, test } from '@jest/globals'
import type { Pipe } from '@p2pd/client'
import { RateHistory } from './rate-history.ts'

const pipe = (name: string, bytesSent: number, openedAt = 'then'): Pipe => ({
  name,
  peer: 'p',
  direction: 'out',
  service: '',
  strategy: 'direct',
  transport: 'tcp',
  maxDatagramBytes: 1173,
  local: '',
  remote: '',
  suspended: false,
  encrypted: true,
  elapsedMs: 1,
  openedAt,
  bytesSent,
  bytesReceived: 0,
  unread: 0,
  dropped: 0,
  joined: false,
  moves: [],
  report: [],
})

test('rates are differences over time; two reads close together are one', () => {
  const history = new RateHistory()
  history.take([pipe('a', 100)], 0)
  history.take([pipe('a', 2100)], 2000)
  history.take([pipe('a', 9000)], 2100)
  history.take([pipe('a', 9100)], 4000)
  expect(history.of('a').sent).toEqual([1000, 3500])
})

test('a pipe that took the name of another begins anew, and pipes that are gone are forgotten', () => {
  const history = new RateHistory()
  history.take([pipe('a', 100), pipe('b', 0)], 0)
  history.take([pipe('a', 0, 'later')], 2000)
  history.take([pipe('a', 10, 'later')], 3000)
  expect(history.of('a').sent).toEqual([10])
  expect(history.of('b').sent).toEqual([])
})
