import { expect, test } from '@jest/globals'
import { type StrategyAttempt, StrategyRace } from './strategy-race.ts'
import { ManualClock } from '@p2pd/netif/testing'

interface Lane {
  readonly name: string
  readonly local: { ip: string; port: number }
}

/** An attempt whose end a test decides. */
class Runner implements StrategyAttempt<Lane> {
  readonly strategy: 'direct' | 'tcp-punch' = 'direct'
  readonly local = '0.0.0.0:0'
  readonly remote: string
  signal: AbortSignal | undefined
  win!: () => void
  lose!: (reason: string) => void
  abandoned = false

  constructor(name: string) {
    this.remote = name
  }

  abandon(): void {
    this.abandoned = true
  }

  run(signal: AbortSignal): Promise<Lane> {
    this.signal = signal
    return new Promise((resolve, reject) => {
      this.win = () => resolve({ name: this.remote, local: { ip: '192.0.2.1', port: 5 } })
      this.lose = (reason) => reject(new Error(reason))
    })
  }
}

function start(...names: string[]) {
  const clock = new ManualClock()
  const discarded: string[] = []
  const race = new StrategyRace<Lane>({ clock, startedAt: 0, discard: ({ name }) => discarded.push(name) })
  const release = race.hold()
  const runners = names.map((name) => new Runner(name))
  for (const runner of runners) race.add(runner)
  return { clock, race, release, discarded, runners: runners as [Runner, Runner, Runner] }
}

test('a result that is not wanted is discarded, and the race goes on', async () => {
  const clock = new ManualClock()
  const discarded: string[] = []
  const race = new StrategyRace<Lane>({
    clock,
    startedAt: 0,
    discard: ({ name }) => discarded.push(name),
    objection: ({ name }) => (name === 'a' ? 'not better' : undefined),
  })
  const [first, second] = [new Runner('a'), new Runner('b')]
  race.add(first)
  race.add(second)
  await clock.advance(20)
  first.win()
  await clock.advance(0)
  second.win()
  expect((await race.finished)?.name).toBe('b')
  expect(discarded).toEqual(['a'])
  expect(race.report.map(({ outcome, reason }) => [outcome, reason])).toEqual([
    ['failed', 'not better'],
    ['won', 'connected and authenticated'],
  ])
})

test('starts attempts 20 ms apart', async () => {
  const { clock, runners } = start('a', 'b', 'c')
  await clock.advance(0)
  expect(runners.map((runner) => runner.signal !== undefined)).toEqual([true, false, false])
  await clock.advance(20)
  expect(runners.map((runner) => runner.signal !== undefined)).toEqual([true, true, false])
})

test('an attempt with a head start before it lets later ones pass', async () => {
  const { clock, race, runners } = start('a', 'b')
  const [other, first] = [new Runner('c'), new Runner('d')]
  await clock.advance(100)
  race.add(other, 250)
  race.add(first)
  await clock.advance(0)
  expect([first.signal !== undefined, other.signal !== undefined]).toEqual([true, false])
  await clock.advance(250)
  expect(other.signal).toBeDefined()
  expect(runners.every((runner) => runner.signal !== undefined)).toBe(true)
})

test('the first to succeed wins; running and waiting ones are cancelled with the reason', async () => {
  const { clock, race, runners } = start('a', 'b', 'c')
  await clock.advance(25)
  runners[1].win()
  expect((await race.finished)?.name).toBe('b')
  expect(runners[0].signal?.aborted).toBe(true)
  expect(race.report).toEqual([
    {
      strategy: 'direct',
      local: '192.0.2.1:5',
      remote: 'b',
      startMs: 20,
      endMs: 25,
      outcome: 'won',
      reason: 'connected and authenticated',
    },
    {
      strategy: 'direct',
      local: '0.0.0.0:0',
      remote: 'a',
      startMs: 0,
      endMs: 25,
      outcome: 'cancelled',
      reason: 'another path won',
    },
    {
      strategy: 'direct',
      local: '0.0.0.0:0',
      remote: 'c',
      startMs: 25,
      endMs: 25,
      outcome: 'cancelled',
      reason: 'another path won',
    },
  ])
  expect(clock.pending).toBe(0)
  expect(runners.map(({ abandoned }) => abandoned)).toEqual([false, false, true])
  const late = new Runner('late')
  race.add(late)
  expect(late.abandoned).toBe(true)
})

test('a late winner is discarded', async () => {
  const { clock, race, runners, discarded } = start('a', 'b')
  await clock.advance(20)
  runners[0].win()
  runners[1].win()
  await race.finished
  await clock.advance(0)
  expect(discarded).toEqual(['b'])
  expect(race.report.filter(({ outcome }) => outcome === 'won')).toHaveLength(1)
})

test('is over without a winner once all have failed and nobody holds it', async () => {
  const { clock, race, release, runners } = start('a')
  await clock.advance(0)
  runners[0].lose('connection refused')
  await clock.advance(0)
  race.add(new Runner('late'))
  release()
  await clock.advance(20)
  race.stop('timed out')
  expect(await race.finished).toBeUndefined()
  expect(race.report.map(({ remote, reason }) => [remote, reason])).toEqual([
    ['a', 'connection refused'],
    ['late', 'timed out'],
  ])
})

test('an empty race is over as soon as nobody holds it', async () => {
  const { race, release } = start()
  race.skip('reverse', 'the peer has no port')
  release()
  expect(await race.finished).toBeUndefined()
  expect(race.report).toEqual([
    {
      strategy: 'reverse',
      local: '',
      remote: '',
      startMs: 0,
      endMs: 0,
      outcome: 'skipped',
      reason: 'the peer has no port',
    },
  ])
})
