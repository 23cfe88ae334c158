import { expect, test } from '@jest/globals'
import { logLine, matchesFilter } from './log-filter.ts'

const event = (fields: object) => ({ id: 1, at: 't', type: 'report', ...fields })

test('an event is a line of words; long parts are counted', () => {
  expect(logLine(event({ peer: 'abc', report: [1, 2], pipe: { name: 'x', bytesSent: 1 } })).text).toBe(
    'peer=abc report=2 attempts pipe=x',
  )
  expect(logLine(event({ reason: 'x'.repeat(1000) })).text.length).toBeLessThan(410)
})

test('a filter is words, all of which the line has', () => {
  const line = logLine(event({ peer: 'Alice' }))
  expect(
    ['', 'alice', 'report ALICE', 'bob', 'alice bob'].map((filter) => matchesFilter(line, filter)),
  ).toEqual([true, true, true, false, false])
})
