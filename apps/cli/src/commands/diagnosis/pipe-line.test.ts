import { expect, test } from '@jest/globals'
import type { Pipe } from '@p2pd/client'
import { formatAge, pipeLine } from './pipe-line.ts'

const openedAt = '2026-01-01T00:00:00.000Z'
const now = Date.parse(openedAt) + 5 * 60_000
const peer = 'abcdefgh'.repeat(7)
const pipe = {
  name: '1',
  peer,
  strategy: 'relay',
  remote: '192.0.2.1:5',
  suspended: false,
  openedAt,
  bytesSent: 3_000_000,
  bytesReceived: 1,
} as Pipe

test('H5: a pipe has peer, path, round trip, age, bytes and rates; what is not known is called unknown', () => {
  const before = { ...pipe, bytesSent: 2_000_000 }
  const facts = { nameOf: () => 'alice', now, earlier: { pipes: [before], sinceMs: 500 } }
  expect(pipeLine({ ...pipe, rttMs: 12.4 }, facts)).toBe(
    'pipe     1 alice relay to 192.0.2.1:5, round trip 12 ms, open for 5 min, 3.0 MB sent, 1 byte received, 2.0 MB/s out, 0 bytes/s in',
  )
  const unknown = { ...facts, nameOf: (id: string) => id, earlier: { pipes: [], sinceMs: 500 } }
  expect(pipeLine({ ...pipe, suspended: true }, unknown)).toBe(
    'pipe     1 abcdefgh… no path for now, round trip unknown, open for 5 min, 3.0 MB sent, 1 byte received, rates unknown',
  )
  const idle = { ...facts, earlier: { pipes: [pipe], sinceMs: 500 } }
  expect(pipeLine(pipe, idle)).toMatch(/received, idle$/)
})

test('an age has one unit', () => {
  expect([-5, 59_999, 60_000, 3_599_999, 7_200_000, 86_400_000 * 3].map(formatAge)).toEqual([
    '0 s',
    '59 s',
    '1 min',
    '59 min',
    '2 h',
    '3 d',
  ])
})
