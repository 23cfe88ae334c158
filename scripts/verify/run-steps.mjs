/** Why: a failed step must not keep the others from running, and each has a line. */
import { formatSeconds, withProgress } from '../setup/progress.mjs'
import { CommandError } from '../setup/run-command.mjs'
import { addTotals, beginningOf, noTotals } from './totals.mjs'

/** @typedef {import('./totals.mjs').Totals} Totals */

/**
 * The outcome of a step. A step that runs tests brings their totals; any other step counts as one.
 *
 * @typedef {object} Outcome
 * @property {string} [skipped] why it was left out
 * @property {string} [failed] why it failed
 * @property {Totals} [totals]
 * @property {string[]} [failedTests] the lines that are printed again at the end
 */

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {() => Promise<Outcome | void>} run
 * @property {readonly string[]} [needs] titles of steps without whose success this one makes no sense
 * @property {string} [advice] what to do when it fails
 * @property {boolean} [live] shows by itself that it goes on
 */

/** Wide enough for the longest title. */
const titleWidth = 17

/**
 * @param {Outcome} outcome
 * @returns {Totals}
 */
function totalsOf({ skipped, failed, totals }) {
  if (totals) return totals
  return { passed: failed || skipped ? 0 : 1, failed: failed ? 1 : 0, skipped: skipped && !failed ? 1 : 0 }
}

/**
 * @param {Step} step
 * @returns {Promise<Outcome>}
 */
async function attempt(step) {
  try {
    const work = step.live ? step.run() : withProgress(process.stdout, step.title, step.run)
    return (await work) ?? {}
  } catch (error) {
    if (error instanceof CommandError) return { failed: [error.output, error.message].join('\n').trim() }
    return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

/**
 * Runs steps in turn, whatever becomes of them, and prints a line for each. The lists of a list inside the list run side by
 * side, the steps of each in turn. The end of the output names all failures again.
 *
 * @param {readonly (Step | readonly (readonly Step[])[])[]} steps
 * @param {(line: string) => void} print
 * @returns {Promise<Totals>}
 */
export async function runSteps(steps, print) {
  /** @type {Set<string>} */
  const unsuccessful = new Set()
  let sum = noTotals()
  /** @type {string[]} */
  const again = []

  const runStep = async (/** @type {Step} */ step) => {
    const start = performance.now()
    const missing = step.needs?.find((title) => unsuccessful.has(title))
    const outcome = missing === undefined ? await attempt(step) : { skipped: `needs "${missing}"` }
    const totals = totalsOf(outcome)
    const failed = outcome.failed !== undefined || totals.failed > 0
    if (failed || missing !== undefined) unsuccessful.add(step.title)
    sum = addTotals(sum, totals)

    if (outcome.failed) print(outcome.failed)
    if (failed)
      again.push(
        `FAILED: ${step.title}`,
        ...beginningOf(outcome.failed ?? ''),
        ...(outcome.failedTests ?? []),
      )
    const word = failed ? 'FAILED' : outcome.skipped ? 'skipped' : 'passed'
    const reason = outcome.skipped ? `: ${outcome.skipped}` : ''
    const time = formatSeconds(performance.now() - start)
    print(`${step.title.padEnd(titleWidth)} ${word.padEnd(7)} ${time.padStart(7)}${reason}`)
    if (failed && step.advice) print(`${' '.repeat(titleWidth)} ${step.advice}`)
  }

  const runInTurn = async (/** @type {readonly Step[]} */ lane) => {
    for (const step of lane) await runStep(step)
  }
  for (const entry of steps) await Promise.all('run' in entry ? [runStep(entry)] : entry.map(runInTurn))
  for (const line of again) print(line)
  return sum
}
