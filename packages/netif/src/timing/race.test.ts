import { expect, test } from '@jest/globals'
import { type Attempt, race, type RaceOptions } from '@p2pd/netif'
import { ManualClock, settle } from '../testing/manual-clock.ts'
import { listenersOf } from './testdata/listeners.ts'

/** Attempts that end when the test says so, and what became of them. */
function newRace(count: number, options: Pick<RaceOptions<string>, 'waves' | 'maxUnderWay'> = {}) {
  const clock = new ManualClock()
  const caller = new AbortController()
  const listeners = listenersOf(caller.signal)
  const startedAt: number[] = []
  const aborted: number[] = []
  const discarded: string[] = []
  const ends: { win: (result: string) => void; fail: (error: Error) => void }[] = []
  const attempts = Array.from(
    { length: count },
    (_, i): Attempt<string> =>
      (signal) => {
        startedAt.push(clock.now())
        signal.addEventListener('abort', () => aborted.push(i))
        return new Promise((win, fail) => {
          ends[i] = { win, fail }
        })
      },
  )
  const discard = (late: string) => void discarded.push(late)
  const result = race(attempts, { clock, signal: caller.signal, discard, ...options })
  result.catch(() => {}) // Tests that expect it say so.
  return { clock, caller, listeners, startedAt, aborted, discarded, ends, result }
}

test('the next attempt joins after 250 ms; the first success wins; late ones are discarded', async () => {
  const { clock, listeners, startedAt, aborted, discarded, ends, result } = newRace(3)
  expect(startedAt).toEqual([0])
  await clock.advance(250)
  expect(startedAt).toEqual([0, 250])
  ends[1]?.win('second')
  expect(await result).toBe('second')
  ends[0]?.win('first')
  await settle()
  await clock.advance(1000)
  expect([startedAt, aborted, discarded]).toEqual([[0, 250], [0, 1], ['first']])
  expect([clock.pending, listeners.size]).toEqual([0, 0])
})

test('a failure lets the next attempt begin at once, and that one has its 250 ms too', async () => {
  const { clock, startedAt, ends } = newRace(3)
  await clock.advance(100)
  ends[0]?.fail(new Error('one'))
  await clock.advance(249)
  expect(startedAt).toEqual([0, 100])
  await clock.advance(1)
  expect(startedAt).toEqual([0, 100, 350])
})

test('when all have failed the errors come in the order of the attempts', async () => {
  const { clock, listeners, ends, result } = newRace(3)
  await clock.advance(500)
  for (const i of [2, 0, 1]) {
    ends[i]?.fail(new Error(`error ${i}`))
    await settle()
  }
  await expect(result).rejects.toMatchObject({
    errors: [{ message: 'error 0' }, { message: 'error 1' }, { message: 'error 2' }],
  })
  expect([clock.pending, listeners.size]).toEqual([0, 0])
})

test('an attempt that throws at once has failed', async () => {
  const attempts: Attempt<string>[] = [
    () => {
      throw new Error('at once')
    },
    () => Promise.resolve('second'),
  ]
  expect(await race(attempts, { clock: new ManualClock(), discard: () => {} })).toBe('second')
})

test('waves grow, and no more wait than may', async () => {
  const { clock, startedAt, ends } = newRace(12, { waves: [1, 3, 5], maxUnderWay: 9 })
  await clock.advance(1000)
  expect(startedAt).toEqual([0, 250, 250, 250, 500, 500, 500, 500, 500])
  ends[0]?.fail(new Error('no'))
  await clock.advance(0)
  expect(startedAt).toHaveLength(10)
  ends[1]?.fail(new Error('no'))
  ends[2]?.fail(new Error('no'))
  await clock.advance(250)
  expect(startedAt).toHaveLength(12)
})

test('a wave begins at once when the whole wave before it has failed', async () => {
  const { clock, startedAt, ends } = newRace(9, { waves: [1, 3, 5] })
  await clock.advance(250)
  for (const i of [1, 2]) ends[i]?.fail(new Error('no'))
  await clock.advance(100)
  expect(startedAt).toHaveLength(4)
  ends[3]?.fail(new Error('no'))
  await clock.advance(0)
  expect(startedAt).toEqual([0, 250, 250, 250, 350, 350, 350, 350, 350])
})

test('the signal of the caller ends all attempts, and none begins after it', async () => {
  const { caller, listeners, startedAt, aborted, discarded, ends, result, clock } = newRace(3)
  caller.abort(new Error('enough'))
  await expect(result).rejects.toThrow('enough')
  ends[0]?.win('late')
  await clock.advance(1000)
  expect([startedAt, aborted, discarded]).toEqual([[0], [0], ['late']])
  expect([clock.pending, listeners.size]).toEqual([0, 0])
})

test('a signal that has aborted before lets none begin', async () => {
  const begun: string[] = []
  const attempt = () => Promise.resolve(begun.push('begun'))
  const options = {
    clock: new ManualClock(),
    discard: () => {},
    signal: AbortSignal.abort(new Error('before')),
  }
  await expect(race([attempt], options)).rejects.toThrow('before')
  expect(begun).toEqual([])
})

test('a race without attempts fails like one whose attempts all failed', async () => {
  await expect(newRace(0).result).rejects.toMatchObject({ name: 'AggregateError', errors: [] })
})
