import { expect, test } from '@jest/globals'
import { activityLines } from './activity-lines.ts'

const startedAt = '2026-01-01T00:00:00.000Z'

test('H5: status has a line for each service, forward, transfer and caller that waits, with words of peers escaped', () => {
  const idle = { services: [], forwards: [], transfers: [], waiting: [] }
  expect(activityLines(idle)).toEqual([])
  const forward = {
    id: '1',
    local: '127.0.0.1:8080',
    target: 'alice',
    service: 'web',
    connections: 2,
    startedAt,
  }
  const transfer = { id: '7', direction: 'out', peer: 'bob', target: 'bob', startedAt }
  const progress = { files: 1, totalFiles: 2, bytes: 10, totalBytes: 40, bytesPerSecond: 5 }
  const lines = activityLines({
    services: [{ name: 'web', to: '127.0.0.1:3000' }],
    forwards: [
      { ...forward, state: 'connected', strategy: 'direct' },
      { ...forward, state: 'away', reason: 'gone\u001b[2J' },
    ],
    transfers: [{ ...transfer, state: 'running', progress }] as never,
    waiting: [{ id: '2', peer: 'carol', service: '', at: startedAt }],
  })
  expect(lines).toEqual([
    'service  web to 127.0.0.1:3000',
    'forward  127.0.0.1:8080 to alice:web, direct, 2 connections so far',
    expect.stringMatching(
      /^forward {2}127\.0\.0\.1:8080 to alice:web, away: gone[^\u001b]+, 2 connections so far$/,
    ),
    'transfer 7 to bob: running, 10 of 40 bytes, 5 a second',
    'waiting  carol for a pipe: p2pd peers accept carol',
  ])
})
