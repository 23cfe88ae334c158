import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { KeepAlive, keepAliveInterval, type KeepAliveOutput } from './keep-alive.ts'

/** Times of the probes and of the end, when the other end answers the probes sent before `answersUntil`. */
function run(intervalMs: number, answersUntil: number, until: number): { probes: number[]; gone?: number } {
  const machine = new KeepAlive(intervalMs, 0)
  const probes: number[] = []
  let now = 0
  while (now <= until) {
    let next = Number.POSITIVE_INFINITY
    for (const output of machine.wake(now) as KeepAliveOutput[]) {
      if (output.type === 'gone') return { probes, gone: now }
      if (output.type === 'wake') next = output.at
      else {
        probes.push(now)
        if (now < answersUntil) machine.receive()
      }
    }
    now = next
  }
  return { probes }
}

test('one probe in each interval while probes are answered', () => {
  expect(run(25_000, 100_000, 100_000)).toEqual({ probes: [25_000, 50_000, 75_000, 100_000] })
})

test('silence: a probe every 5 s, given up 30 s after the first', () => {
  expect(run(25_000, 30_000, 200_000)).toEqual({
    probes: [25_000, 50_000, 55_000, 60_000, 65_000, 70_000, 75_000],
    gone: 80_000,
  })
})

test('a short interval never makes the bound longer than the interval and 30 s', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 25_000 }), (interval) => {
      expect(run(interval, 0, 1e6).gone).toBeLessThanOrEqual(interval + 30_000)
    }),
  )
})

test('an answer to a late probe is enough', () => {
  const machine = new KeepAlive(25_000, 0)
  machine.wake(25_000)
  machine.wake(30_000)
  machine.receive()
  expect(machine.wake(35_000)).toEqual([{ type: 'wake', at: 55_000 }])
})

test('the interval is half the lifetime, 25 s at most', () => {
  expect(keepAliveInterval()).toBe(25_000)
  expect(keepAliveInterval(300_000)).toBe(25_000)
  expect(keepAliveInterval(30_000)).toBe(15_000)
  expect(keepAliveInterval(0)).toBe(1000)
})
