import { expect, test } from '@jest/globals'
import { formatReportFile, parseReportFile } from './report-file.ts'
import { layOutTimeLine, summaryOf } from './time-line.ts'

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

test('F3: a file that would take the page minutes to draw is a fault, and one with many calls is cut', () => {
  const [line] = report
  const lines = (count: number, change: (index: number) => object) =>
    JSON.stringify({ report: Array.from({ length: count }, (_, index) => ({ ...line, ...change(index) })) })
  const others = [
    lines(50_000, () => ({})),
    lines(5000, (index) => ({ strategy: `${index}` })),
    lines(1, () => ({ endMs: 1e308 })),
    lines(1, () => ({ startMs: -1e9 })),
  ]
  for (const text of others)
    expect(parseReportFile(text)).toEqual({ fault: 'The file holds no report of a call.' })
  const many = parseReportFile(`${JSON.stringify({ report })}\n`.repeat(20_000))
  expect('calls' in many && many.calls.length).toBe(200)
})

test('F3: files with any values in the places of others give calls that can be drawn, or a fault', () => {
  const values = [
    undefined,
    null,
    0,
    -0,
    -1,
    0.1,
    1e308,
    '',
    'won',
    '\u202e<b>',
    [],
    {},
    [report[0]],
    true,
    'x'.repeat(5000),
  ]
  const keys = [...Object.keys(report[0]), 'report', 'at', 'node', 'peer', '__proto__', 'length']
  let drawn = 0
  // A linear congruential generator: the same files in every run. Knuth, The Art of Computer Programming, §3.3.4.
  let seed = 1
  const below = (bound: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * bound)
  }
  for (let round = 0; round < 5000; round++) {
    const call: Record<string, unknown> = {
      at: 't',
      node: 'n',
      peer: 'p',
      report: report.map((one) => ({ ...one })),
    }
    for (let change = below(3); change >= 0; change--) {
      const target =
        below(2) === 0 ? call : ((call['report'] as Record<string, unknown>[] | undefined)?.[0] ?? call)
      Object.assign(target, {
        [keys[below(keys.length)] as string]: structuredClone(values[below(values.length)]),
      })
    }
    const read = parseReportFile(JSON.stringify(below(2) === 0 ? call : [call, call]))
    for (const one of 'calls' in read ? read.calls : []) {
      const { lanes, endMs, ticks } = layOutTimeLine(one.report)
      expect([endMs, ...ticks].every(Number.isFinite)).toBe(true)
      expect([lanes.length > 0, ticks.length < 12, typeof summaryOf(one.report)]).toEqual([
        true,
        true,
        'string',
      ])
      drawn++
    }
  }
  expect(drawn).toBeGreaterThan(500)
})
