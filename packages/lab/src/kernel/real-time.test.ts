import { performance } from 'node:perf_hooks'
import { expect, test } from '@jest/globals'
import { RealTime } from './real-time.ts'

test('actions run at their time, in order, and see the time at which they were due', async () => {
  const time = new RealTime()
  const start = time.now()
  const ran: [name: string, due: number][] = []
  const done = new Promise<void>((resolve) => {
    const note = (name: string, after: number) =>
      time.schedule(start + after, () => {
        ran.push([name, Math.round((time.now() - start) * 10) / 10])
        if (ran.length === 4) resolve()
      })
    note('third', 12.5)
    note('first', 5.2)
    note('second', 5.2)
    // Relative to the due time of the first action, not to the time it ran.
    time.schedule(start + 5, () => time.schedule(time.now() + 20, () => note('fourth', 25)))
  })
  await done
  expect(performance.now() - start).toBeGreaterThanOrEqual(24)
  expect(ran.map(([name]) => name)).toEqual(['first', 'second', 'third', 'fourth'])
  expect(ran.slice(0, 3).map(([, due]) => due)).toEqual([5.2, 5.2, 12.5])
  time.close()
})

test('what is past runs at once, and nothing runs after closing', () => {
  const time = new RealTime()
  const ran: string[] = []
  time.schedule(time.now() - 1, () => ran.push('past'))
  time.schedule(time.now() + 1, () => ran.push('future'))
  time.close()
  expect(ran).toEqual(['past'])
})
