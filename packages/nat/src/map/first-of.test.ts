import { expect, test } from '@jest/globals'
import type { Clock } from '@p2pd/netif'
import { firstOf } from './first-of.ts'

/** A clock that the test moves. */
class HandClock implements Clock {
  #now = 0
  readonly #timers = new Map<() => void, number>()

  now(): number {
    return this.#now
  }

  at(when: number, callback: () => void): () => void {
    this.#timers.set(callback, when)
    return () => this.#timers.delete(callback)
  }

  get timers(): number {
    return this.#timers.size
  }

  /** Moves to the next timer. */
  tick(): void {
    const [first] = [...this.#timers].sort(([, a], [, b]) => a - b)
    if (first === undefined) throw new Error('no timer')
    const [callback, when] = first
    this.#timers.delete(callback)
    this.#now = when
    callback()
  }
}

/** Attempts that the test ends, with what became of them. */
function attempts(clock: Clock, count: number) {
  const begun: { at: number; end: (value: string | Error) => void; signal: AbortSignal }[] = []
  const discarded: string[] = []
  const stop = new AbortController()
  const first = firstOf({
    clock,
    count,
    attempt: (_, signal) =>
      new Promise<string>((resolve, reject) => {
        const end = (value: string | Error) => (value instanceof Error ? reject(value) : resolve(value))
        begun.push({ at: clock.now(), end, signal })
      }),
    discard: (value) => discarded.push(value),
    signal: stop.signal,
  })
  return { begun, discarded, first, stop }
}

test('one at once, three after 250 ms, then five; the first to succeed ends the others', async () => {
  const clock = new HandClock()
  const { begun, discarded, first } = attempts(clock, 10)
  clock.tick()
  clock.tick()
  expect(begun.map(({ at }) => at)).toEqual([0, 250, 250, 250, 500, 500, 500, 500, 500])
  begun[2]?.end('third')
  begun[4]?.end('fifth')
  expect(await first).toBe('third')
  expect(begun.every(({ signal }) => signal.aborted)).toBe(true)
  expect([discarded, clock.timers]).toEqual([['fifth'], 0])
})

test('failures begin the next wave at once, and are all told when none is left', async () => {
  const clock = new HandClock()
  const { begun, first } = attempts(clock, 2)
  begun[0]?.end(new Error('a'))
  await Promise.resolve()
  await Promise.resolve()
  expect(begun.map(({ at }) => at)).toEqual([0, 0])
  begun[1]?.end(new Error('b'))
  await expect(first).rejects.toMatchObject({ errors: [{ message: 'a' }, { message: 'b' }] })
  expect(clock.timers).toBe(0)
})

test('aborting ends all and begins none', async () => {
  const clock = new HandClock()
  const { begun, first, stop } = attempts(clock, 10)
  stop.abort(new Error('enough'))
  await expect(first).rejects.toThrow('enough')
  begun[0]?.end(new Error('ended'))
  await Promise.resolve()
  expect([begun.length, clock.timers]).toEqual([1, 0])
  await expect(
    firstOf({
      clock,
      count: 1,
      attempt: () => Promise.resolve(1),
      discard: () => {},
      signal: stop.signal,
    }),
  ).rejects.toThrow('enough')
})
