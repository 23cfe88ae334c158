import { expect, test } from '@jest/globals'
import { Schedule } from './testdata/schedule.ts'

/** `P2PD_SCHEDULES=100000 npm test -- schedules` runs them all; `P2PD_SEED=n` one of them. */
const COUNT = Number(process.env['P2PD_SCHEDULES'] ?? 3000)
const ONLY = process.env['P2PD_SEED']

test(`in ${COUNT} random lives of a session nothing is lost, doubled, out of order or left over`, () => {
  const seeds = ONLY === undefined ? Array.from({ length: COUNT }, (_, seed) => seed) : [Number(ONLY)]
  for (const seed of seeds) {
    try {
      new Schedule(seed).run()
    } catch (error) {
      throw new Error(`P2PD_SEED=${seed}: ${(error as Error).message}`, { cause: error })
    }
  }
  expect(seeds.length).toBeGreaterThan(0)
}, 3_600_000)
