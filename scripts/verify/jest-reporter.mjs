import { writeFileSync } from 'node:fs'
import { jestTotals } from './totals.mjs'

/** The variable that names the file this reporter writes. */
export const totalsVariable = 'P2PD_JEST_TOTALS'

/** Time for sockets to close after the last test. */
const graceMs = 5_000

/** Writes the counts of a jest run to a file, and ends a run that its tests keep from ending. */
export default class TotalsReporter {
  /** @param {{ rootDir: string, testNamePattern?: string }} config */
  constructor(config) {
    this.config = config
  }

  /**
   * @param {unknown} _contexts
   * @param {import('./totals.mjs').JestResults} results
   */
  onRunComplete(_contexts, results) {
    const file = process.env[totalsVariable]
    if (file) writeFileSync(file, JSON.stringify(jestTotals(results, this.config)))
    // Fires only when something is still open, because it does not keep the process alive itself.
    setTimeout(() => {
      const kinds = process.getActiveResourcesInfo().join(', ')
      process.stderr.write(`tests left something open: ${kinds}\n`)
      process.exit(1)
    }, graceMs).unref()
  }
}
