import { expect, test } from '@jest/globals'
import { formatReportFile, parseReportFile } from './report-file.ts'

const report = [
  { strategy: 'direct', local: 'a', remote: 'b', startMs: 0, endMs: 5, outcome: 'won', reason: '' },
] as const

test('a saved call is read again', () => {
  const text = formatReportFile({ id: 1, at: 't', peer: 'p', report }, 'n')
  expect(parseReportFile(text)).toEqual({ calls: [{ at: 't', node: 'n', peer: 'p', report }] })
})

test("the command's lines hold reports as well", () => {
  const lines = `{"event":"listening"}\n${JSON.stringify({ event: 'connected', peer: 'p', report })}\n`
  expect(parseReportFile(lines)).toMatchObject({ calls: [{ peer: 'p', report }] })
  expect(parseReportFile(JSON.stringify(report))).toMatchObject({ calls: [{ report }] })
})

test('anything else is a fault, not an error', () => {
  const others = [
    '',
    '{',
    'null',
    '[]',
    '7',
    '{"report":[]}',
    '{"report":[{"strategy":"direct","startMs":"x"}]}',
    '\0\n{}',
  ]
  for (const text of others)
    expect(parseReportFile(text)).toEqual({ fault: 'The file holds no report of a call.' })
})
