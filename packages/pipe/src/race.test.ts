import { expect, test } from '@jest/globals'
import { ManualClock } from '../test/manual-clock.ts'
import { type Attempt, race } from './race.ts'

/** Attempts that end when told, and what became of them. */
function newRace(count: number) {
  const clock = new ManualClock()
  const caller = new AbortController()
  const started: number[] = []
  const aborted: number[] = []
  const discarded: string[] = []
  const ends: { win: (result: string) => void; fail: (error: Error) => void }[] = []
  const attempts = Array.from(
    { length: count },
    (_, i): Attempt<string> =>
      (signal) => {
        started.push(i)
        signal.addEventListener('abort', () => aborted.push(i))
        return new Promise((win, fail) => {
          ends[i] = { win, fail }
        })
      },
  )
  const discard = (late: string) => void discarded.push(late)
  const result = race(attempts, { clock, signal: caller.signal, discard })
  return { clock, caller, started, aborted, discarded, ends, result }
}

test('the next address joins after 250 ms; the first success wins; late ones are discarded', async () => {
  const { clock, started, aborted, discarded, ends, result } = newRace(3)
  expect(started).toEqual([0])
  clock.advance(250)
  expect(started).toEqual([0, 1])
  ends[1]?.win('second')
  expect(await result).toBe('second')
  ends[0]?.win('first')
  await new Promise(setImmediate)
  expect([aborted, discarded, clock.pending]).toEqual([[0, 1], ['first'], 0])
})

test('a failure lets the next begin at once; when all fail the first error is thrown', async () => {
  const { started, ends, result, clock } = newRace(2)
  ends[0]?.fail(new Error('one'))
  await new Promise(setImmediate)
  expect(started).toEqual([0, 1])
  ends[1]?.fail(new Error('two'))
  await expect(result).rejects.toThrow('one')
  expect(clock.pending).toBe(0)
})

test('the caller’s signal ends all attempts', async () => {
  const { caller, aborted, result, clock } = newRace(2)
  caller.abort(new Error('enough'))
  await expect(result).rejects.toThrow('enough')
  expect([aborted, clock.pending]).toEqual([[0], 0])
})

test('no address is an error', async () => {
  await expect(newRace(0).result).rejects.toMatchObject({ code: 'PIPE_RESOLVE' })
})
