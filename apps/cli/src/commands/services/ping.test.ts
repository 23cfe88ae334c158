import { expect, test } from '@jest/globals'
import type { ReportLine } from '@p2pd/node'
import { relayReason } from './ping.ts'

const line = (
  strategy: ReportLine['strategy'],
  outcome: ReportLine['outcome'],
  reason: string,
): ReportLine => ({
  strategy,
  outcome,
  reason,
  local: '',
  remote: '',
  startMs: 0,
  endMs: 1,
})

test('H5: the summary of ping says why the path is a relay', () => {
  const reason = 'relayed, because no other path was found within 1 s'
  const report = [line('direct', 'failed', 'refused'), line('relay', 'won', reason)]
  expect(relayReason({ strategy: 'relay', report })).toBe(reason)
  expect(relayReason({ strategy: 'relay', report: [] })).toBe('relayed, because of a reason that is unknown')
  expect(relayReason({ strategy: 'direct', report })).toBeUndefined()
})
