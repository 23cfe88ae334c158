import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import type { StrategyName } from '../report/report.ts'
import { PLAIN_GRACE_MS } from './plain-grace.ts'
import { type StrategyAttempt, StrategyRace } from './strategy-race.ts'

interface Result {
  readonly name: StrategyName
  readonly local: { ip: string; port: number }
}

/** An attempt whose stages a test decides. */
class Runner implements StrategyAttempt<Result> {
  readonly local = '0.0.0.0:0'
  readonly remote = '192.0.2.1:4000'
  readonly strategy: StrategyName
  open!: () => void
  win!: () => void
  lose!: () => void

  constructor(strategy: StrategyName) {
    this.strategy = strategy
  }

  run(_: AbortSignal, opened: () => void): Promise<Result> {
    this.open = opened
    return new Promise((resolve, reject) => {
      this.win = () => resolve({ name: this.strategy, local: { ip: '192.0.2.2', port: 5 } })
      this.lose = () => reject(new Error('refused'))
    })
  }
}

/** A race that has begun 100 ms ago, and what has come of it. */
async function start(strategies: readonly StrategyName[], graceMs = PLAIN_GRACE_MS) {
  const clock = new ManualClock()
  const discarded: StrategyName[] = []
  const race = new StrategyRace<Result>({
    clock,
    startedAt: 0,
    discard: ({ name }) => discarded.push(name),
    graceMs,
  })
  const runners = strategies.map((strategy) => new Runner(strategy))
  for (const runner of runners) race.add(runner)
  const state: { winner: StrategyName | undefined } = { winner: undefined }
  void race.finished.then((result) => (state.winner = result?.name))
  await clock.advance(100)
  return { clock, race, discarded, state, runners: runners as [Runner, Runner, Runner] }
}

test.each([
  ['direct', 'udp-punch'],
  ['reverse', 'udp-punch'],
  ['direct', 'tcp-punch'],
] as const)('an open connection of %s keeps its place before %s', async (plain, punched) => {
  const { clock, race, discarded, state, runners } = await start([plain, punched])
  const [direct, punch] = runners
  direct.open()
  punch.win()
  await clock.advance(PLAIN_GRACE_MS - 1)
  expect(state.winner).toBeUndefined()
  direct.win()
  await clock.advance(0)
  expect([state.winner, discarded, clock.pending]).toEqual([plain, [punched], 0])
  expect(race.report.map(({ strategy, outcome }) => [strategy, outcome])).toEqual([
    [plain, 'won'],
    [punched, 'cancelled'],
  ])
})

test('the grace is short: then the punched path wins', async () => {
  const { clock, race, state, runners } = await start(['direct', 'udp-punch'])
  runners[0].open()
  runners[1].win()
  await clock.advance(PLAIN_GRACE_MS)
  expect([state.winner, race.report[0]?.endMs, clock.pending]).toEqual(['udp-punch', 130, 0])
})

test('a punched path waits for nothing where no plain connection is open', async () => {
  const { clock, state, runners } = await start(['direct', 'udp-punch'])
  runners[1].win()
  await clock.advance(0)
  expect([state.winner, clock.pending]).toEqual(['udp-punch', 0])
})

test('the wait ends with the last open plain connection', async () => {
  const { clock, race, state, runners } = await start(['direct', 'reverse', 'udp-punch'])
  const [direct, reverse, punch] = runners
  direct.open()
  reverse.open()
  punch.win()
  await clock.advance(1)
  direct.lose()
  await clock.advance(1)
  expect(state.winner).toBeUndefined()
  reverse.lose()
  await clock.advance(0)
  expect([state.winner, race.report.at(-1)?.endMs, clock.pending]).toEqual(['udp-punch', 102, 0])
})

test('of two punched paths that wait the first one wins', async () => {
  const { clock, discarded, state, runners } = await start(['direct', 'udp-punch', 'tcp-punch'])
  const [direct, first, second] = runners
  direct.open()
  first.win()
  await clock.advance(10)
  second.win()
  await clock.advance(PLAIN_GRACE_MS - 10)
  expect([state.winner, discarded, clock.pending]).toEqual(['udp-punch', ['tcp-punch'], 0])
})

test('a relay waits for nobody, and a callee lets every path win at once', async () => {
  for (const [strategy, graceMs] of [
    ['relay', PLAIN_GRACE_MS],
    ['udp-punch', 0],
  ] as const) {
    const { clock, state, runners } = await start(['direct', strategy], graceMs)
    runners[0].open()
    runners[1].win()
    await clock.advance(0)
    expect([state.winner, clock.pending]).toEqual([strategy, 0])
  }
})

test('a race that is stopped disposes of the path that waits', async () => {
  const { clock, race, discarded, state, runners } = await start(['direct', 'udp-punch'])
  runners[0].open()
  runners[1].win()
  await clock.advance(1)
  race.stop('timed out')
  await clock.advance(0)
  expect([state.winner, discarded, clock.pending]).toEqual([undefined, ['udp-punch'], 0])
  expect(race.report.map(({ outcome, reason }) => [outcome, reason])).toEqual([
    ['cancelled', 'timed out'],
    ['cancelled', 'timed out'],
  ])
})
