/**
 * Calls between nodes that have just started, in virtual time: the share of calls that connect at the first attempt, and their
 * times. `pnpm bench first-attempts`; arguments when run alone: [SEEDS [PART_OF_A_NAME [OTHERS_PER_SECOND [FIRST_SEED]]]].
 * Exit status 1 when a row misses its goal.
 */
import { measureCalls } from './measure/first-attempts.ts'
import { FIRST_ATTEMPT_CASES, missedBy } from './measure/first-attempt-cases.ts'

const [, , seeds = '20', part = '', others = '2', first = '1'] = process.argv
const last = Number(first) + Number(seeds) - 1

console.log(
  `Seeds ${first} to ${last}; others make ${others} mappings a second; 20 ms of jitter, 1 % of loss; R_s 100 ms, R_d 50 ms\n`,
)
console.log(
  `${'caller, peers'.padEnd(40)}${'first attempt'.padStart(14)}${'p50'.padStart(9)}${'p95'.padStart(9)}`,
)
for (const row of FIRST_ATTEMPT_CASES.filter(({ name }) => name.includes(part))) {
  const figures = await measureCalls(row, { first: Number(first), last, othersPerSecond: Number(others) })
  const { calls, atFirst, p50, p95, failures } = figures
  const share = `${((100 * atFirst) / calls).toFixed(1)} %`
  const times = [p50, p95].map((ms) => `${ms.toFixed(0)} ms`.padStart(9)).join('')
  const missed = missedBy(row, figures)
  console.log(
    `${row.name.padEnd(40)}${share.padStart(14)}${times}${missed === '' ? '' : `  missed: ${missed}`}`,
  )
  for (const failure of failures) console.log(`  ${failure}`)
  if (missed !== '') process.exitCode = 1
}
