import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { showProgress } from './show-progress.ts'

test('work that takes more than a second is shown, every 10 s with its time', async () => {
  const clock = new ManualClock()
  const lines: string[] = []
  const output = { info: (line: string) => void lines.push(line) }
  let finish = (_: string) => {}
  const work = new Promise<string>((resolve) => (finish = resolve))
  const shown = showProgress(output, 'Calling bob', work, clock)
  await clock.advance(999)
  expect(lines).toEqual([])
  for (let second = 0; second < 25; second++) await clock.advance(1000)
  expect(lines).toEqual(['Calling bob ...', 'Calling bob ... 10 s', 'Calling bob ... 20 s'])
  finish('done')
  expect([await shown, clock.pending]).toEqual(['done', 0])
})

test('quick work shows nothing, and a failure is passed on', async () => {
  const clock = new ManualClock()
  const lines: string[] = []
  const output = { info: (line: string) => void lines.push(line) }
  await expect(showProgress(output, 'x', Promise.resolve('done'), clock)).resolves.toBe('done')
  await expect(showProgress(output, 'x', Promise.reject(new Error('away')), clock)).rejects.toThrow('away')
  await clock.advance(60_000)
  expect([lines, clock.pending]).toEqual([[], 0])
})
