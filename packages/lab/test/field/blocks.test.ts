import { expect, test } from '@jest/globals'
import { FIRST_ATTEMPT_CASES, missedBy } from '../../bench/measure/first-attempt-cases.ts'
import { measureCalls } from '../../bench/measure/first-attempts.ts'

// A sample of `pnpm bench first-attempts`.
test.each(['block of 2048, home', 'home, block of 4096'])(
  'I1: fault 3: %s: the first attempt connects, within a second',
  async (name) => {
    const row = FIRST_ATTEMPT_CASES.find((one) => one.name === name)
    if (row === undefined) throw new Error(`there is no case ${name}`)
    const figures = await measureCalls(row, { first: 1, last: 3, othersPerSecond: 2 })
    expect(missedBy(row, figures)).toBe('')
    expect(figures).toMatchObject({ calls: 3, atFirst: 3, failures: [] })
  },
)
