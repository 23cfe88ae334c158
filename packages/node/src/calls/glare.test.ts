import { PassThrough } from 'node:stream'
import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { Glare } from './glare.ts'
import type { NominatedPath } from '../pipes/path.ts'
import type { ReportLine } from '../report/report.ts'

const path: NominatedPath = {
  strategy: 'direct',
  local: { ip: '192.0.2.1', port: 4000 },
  remote: { ip: '192.0.2.2', port: 50_000 },
  stream: new PassThrough(),
  peer: new Uint8Array(32),
  encrypted: true,
  exportKey: () => new Uint8Array(32),
  nomination: { connectionId: new Uint8Array(16) },
}

test('a call that does not cross another is decided at once', async () => {
  const clock = new ManualClock()
  const glare = new Glare(clock, 0)
  expect(await glare.path()).toBeUndefined()
  expect(clock.pending).toBe(0)
  expect(glare.adopt(path)).toBe(false)
})

test("the peer's path is waited for, and taken once", async () => {
  const clock = new ManualClock()
  const glare = new Glare(clock, 0)
  glare.expect()
  const found = glare.path()
  await clock.advance(1999)
  expect(glare.adopt(path)).toBe(true)
  expect(glare.adopt({ ...path })).toBe(false)
  expect(await found).toBe(path)
  expect(clock.pending).toBe(0)
})

test("a peer's path that does not come within 2 s is not taken later", async () => {
  const clock = new ManualClock()
  const glare = new Glare(clock, 0)
  glare.expect()
  const found = glare.path()
  await clock.advance(2000)
  expect(await found).toBeUndefined()
  expect(glare.adopt(path)).toBe(false)
})

test('closing ends the wait', async () => {
  const clock = new ManualClock()
  const glare = new Glare(clock, 0)
  glare.expect()
  const found = glare.path()
  glare.close()
  expect(await found).toBeUndefined()
  expect(clock.pending).toBe(0)
})

test('the report has one winner, the path that was taken', async () => {
  const clock = new ManualClock()
  const glare = new Glare(clock, 0)
  const line = { strategy: 'reverse', local: '', remote: '', startMs: 1, endMs: 2 } as const
  const report: ReportLine[] = [
    { ...line, outcome: 'failed', reason: 'refused' },
    { ...line, outcome: 'won', reason: 'connected and authenticated' },
  ]
  expect(glare.amend(report)).toBe(report)
  await clock.advance(10)
  glare.expect()
  await clock.advance(20)
  glare.adopt(path)
  expect(glare.amend(report)).toEqual([
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
