import { PassThrough } from 'node:stream'
import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { CrossedCall } from './glare.ts'
import type { Path } from '../pipes/path.ts'
import type { ReportLine } from '../report/report.ts'

const path: Path = {
  strategy: 'direct',
  local: { ip: '192.0.2.1', port: 4000 },
  remote: { ip: '192.0.2.2', port: 50_000 },
  stream: new PassThrough(),
  peer: new Uint8Array(32),
  encrypted: true,
}

test('a call that does not cross another is decided at once', async () => {
  const clock = new ManualClock()
  const crossed = new CrossedCall(clock, 0)
  expect(await crossed.path()).toBeUndefined()
  expect(clock.pending).toBe(0)
  expect(crossed.adopt(path)).toBe(false)
})

test("the peer's path is waited for, and taken once", async () => {
  const clock = new ManualClock()
  const crossed = new CrossedCall(clock, 0)
  crossed.expect()
  const found = crossed.path()
  await clock.advance(1999)
  expect(crossed.adopt(path)).toBe(true)
  expect(crossed.adopt({ ...path })).toBe(false)
  expect(await found).toBe(path)
  expect(clock.pending).toBe(0)
})

test("a peer's path that does not come within 2 s is not taken later", async () => {
  const clock = new ManualClock()
  const crossed = new CrossedCall(clock, 0)
  crossed.expect()
  const found = crossed.path()
  await clock.advance(2000)
  expect(await found).toBeUndefined()
  expect(crossed.adopt(path)).toBe(false)
})

test('closing ends the wait', async () => {
  const clock = new ManualClock()
  const crossed = new CrossedCall(clock, 0)
  crossed.expect()
  const found = crossed.path()
  crossed.close()
  expect(await found).toBeUndefined()
  expect(clock.pending).toBe(0)
})

test('the report has one winner, the path that was taken', async () => {
  const clock = new ManualClock()
  const crossed = new CrossedCall(clock, 0)
  const line = { strategy: 'reverse', local: '', remote: '', startMs: 1, endMs: 2 } as const
  const report: ReportLine[] = [
    { ...line, outcome: 'failed', reason: 'refused' },
    { ...line, outcome: 'won', reason: 'connected and authenticated' },
  ]
  expect(crossed.amend(report)).toBe(report)
  await clock.advance(10)
  crossed.expect()
  await clock.advance(20)
  crossed.adopt(path)
  expect(crossed.amend(report)).toEqual([
    report[0],
    { ...line, outcome: 'cancelled', reason: "the peer's own call came first" },
    {
      strategy: 'direct',
      local: '192.0.2.1:4000',
      remote: '192.0.2.2:50000',
      startMs: 10,
      endMs: 30,
      outcome: 'won',
      reason: "connected and authenticated by the peer's own call",
    },
  ])
})
