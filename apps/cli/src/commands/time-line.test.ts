import { expect, test } from '@jest/globals'
import type { ReportLine } from '@p2pd/node'
import { formatTimeLine } from './time-line.ts'

const line = (fields: Partial<ReportLine>): ReportLine => ({
  strategy: 'direct',
  local: '',
  remote: '192.0.2.1:4000',
  startMs: 0,
  endMs: 100,
  outcome: 'failed',
  reason: 'refused',
  ...fields,
})

test('attempts are drawn where they were in time, in the order in which they began', () => {
  const text = formatTimeLine([
    line({ strategy: 'tcp-punch', startMs: 100, endMs: 200, outcome: 'won', reason: 'connected' }),
    line({}),
    line({ strategy: 'udp-punch', startMs: 0, endMs: 0, outcome: 'skipped', remote: '' }),
  ])
  const rows = text.split('\n').filter((row) => row.includes('punch') || row.includes('direct'))
  expect(rows[0]).toMatch(/udp-punch .*│ · {23} │ 0-0 /)
  expect(rows[1]).toMatch(/direct .*│ ▒{12} {12} │ 0-100 /)
  expect(rows[2]).toMatch(/tcp-punch .*│ {13}█{12} │ 100-200 /)
})

test('an empty report says that nothing was tried', () => {
  expect(formatTimeLine([])).toBe('No path was tried.')
})
