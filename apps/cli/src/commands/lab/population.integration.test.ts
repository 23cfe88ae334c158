import { expect, test } from '@jest/globals'
import { run } from '../../testdata/run.ts'

async function eventsOf(args: readonly string[]): Promise<Record<string, unknown>[]> {
  const command = run(['lab', 'population', ...args, '--json'])
  const lines = (await command.text()).trim().split('\n')
  expect([await command.status, command.errors()]).toEqual([0, expect.stringContaining('seed 9')])
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

const number = expect.any(Number)
const share = { pairs: 12, direct: number, failed: number, p50Ms: number, p95Ms: number }

test('lab population tells shares and times; the same seed tells the same', async () => {
  const args = ['--pairs', '12', '--seed', '9']
  const events = await eventsOf(args)
  const last = events.at(-1) ?? {}
  expect(last).toMatchObject({ event: 'population', seed: 9, profile: 'mix', ok: true, failures: [] })
  expect([last.both, last.ipv4]).toEqual([share, share])
  const of = (event: string) => events.filter((each) => each.event === event)
  expect(of('variant')[0]).toEqual({ event: 'variant', name: 'nothing', both: last.both, ipv4: last.ipv4 })
  const always = { connected: 1, direct: (last.both as { direct: number }).direct }
  expect(of('relay')).toMatchObject([
    { name: 'early', ...always },
    { name: 'last', ...always },
  ])
  const pairs = of('profile').map((each) => each.pairs as number)
  expect(pairs.reduce((sum, count) => sum + count, 0)).toBe(12)
  const shares = of('strategy').map(({ direct }) => direct as number)
  expect(shares.reduce((sum, part) => sum + part, 0)).toBeCloseTo((last.both as { direct: number }).direct)
  expect((await eventsOf(args)).slice(0, -1)).toEqual(events.slice(0, -1))
})

test('people see tables', async () => {
  const command = run(['lab', 'population', '--pairs', '5', '--profile', 'residential'])
  const text = await command.text()
  expect(await command.status).toBe(0)
  expect(text).toMatch(
    /switched off[^]*no birthday[^]* % connect directly, .*; seed 1\.\nThe rest is relayed: .*\n$/,
  )
})

test.each([
  [['--pairs', '0'], /Give a whole number from 1/],
  [['--seed', 'x'], /Give a whole number/],
  [['--profile', 'ships'], /Allowed choices are residential, mobile, enterprise, mix/],
])('%j is refused', async (options, message) => {
  const command = run(['lab', 'population', ...options])
  expect([await command.status, command.errors()]).toEqual([2, expect.stringMatching(message)])
})
