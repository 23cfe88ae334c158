import { expect, test } from '@jest/globals'
import type { ReportLine } from '../report/report.ts'
import { failureOf } from './failure.ts'

const line = (remote: string, reason: string): ReportLine => ({
  strategy: 'direct',
  local: '0.0.0.0:0',
  remote,
  startMs: 0,
  endMs: 1,
  outcome: 'failed',
  reason,
})

test('I1: fault 7: many failures of one kind are one sentence, and the report has them all', () => {
  const report = Array.from({ length: 32 }, (_, i) => {
    const remote = `[2001:db8::${i + 1}]:4000`
    return line(remote, `cannot connect to ${remote}: no route to the network`)
  })
  const error = failureOf([...report, line('192.0.2.1:4000', 'refused')], undefined)
  expect(error.message).toBe(
    'the peer was not reached: [2001:db8::1]:4000 and 31 more: cannot connect: no route to the network; 192.0.2.1:4000: refused',
  )
  expect(error.report).toHaveLength(33)
})

test('I1: fault 7: an error text has its bounds, whatever fails', () => {
  const report = Array.from({ length: 64 }, (_, i) => line(`192.0.2.${i}:1`, `reason ${i} `.repeat(100)))
  const { message } = failureOf(report, undefined)
  expect(message.length).toBeLessThan(1200)
  expect(message).toContain('59 other reasons')
})
