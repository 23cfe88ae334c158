/** Why: jest writes its results at the end only; a run that is ended must still be counted. */
import { writeFileSync } from 'node:fs'
import { jestTotals } from './totals.mjs'

/** The variable that names the file this reporter writes. */
export const totalsVariable = 'P2PD_JEST_TOTALS'

/** Time for sockets to close after the last test. */
const graceMs = 5_000

/** Writes the counts of a jest run to a file as it goes on, and ends a run that its tests keep from ending. */
export default class TotalsReporter {
  /** @type {Set<string>} */
  #running = new Set()

  /** @type {import('./totals.mjs').JestResults} those of all files so far */
  #results = { numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 0, testResults: [] }

  /** @param {{ rootDir: string, testNamePattern?: string }} config */
  constructor(config) {
    this.config = config
  }

  /** @param {{ path: string }} file */
  onTestFileStart({ path }) {
    this.#running.add(path)
    this.#write()
  }

  /**
   * @param {{ path: string }} file
   * @param {unknown} _result
   * @param {import('./totals.mjs').JestResults} results
   */
  onTestFileResult({ path }, _result, results) {
    this.#running.delete(path)
    this.#results = results
    this.#write()
  }

  /**
   * @param {unknown} _contexts
   * @param {import('./totals.mjs').JestResults} results
   */
  onRunComplete(_contexts, results) {
    this.#results = results
    this.#write()
    // Fires only when something is still open, because it does not keep the process alive itself.
    setTimeout(() => {
      const kinds = process.getActiveResourcesInfo().join(', ')
      process.stderr.write(`tests left something open: ${kinds}\n`)
      process.exit(1)
    }, graceMs).unref()
  }

  #write() {
    const file = process.env[totalsVariable]
    if (file) writeFileSync(file, JSON.stringify(jestTotals(this.#results, this.config, this.#running)))
  }
}
