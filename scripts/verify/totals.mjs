/**
 * @typedef {object} Totals
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 */

/**
 * @typedef {object} SkippedTest
 * @property {string} file
 * @property {string} title
 */

/**
 * @typedef {Totals & { skippedTests: SkippedTest[] }} JestTotals
 */

/**
 * What is read of the results that jest hands a reporter.
 *
 * @typedef {object} JestResults
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numRuntimeErrorTestSuites test files that could not be run at all
 * @property {readonly { testFilePath: string, testResults: readonly { status: string, fullName: string }[] }[]} testResults
 */

/** @returns {Totals} */
export function noTotals() {
  return { passed: 0, failed: 0, skipped: 0 }
}

/**
 * @param {Totals} a
 * @param {Totals} b
 * @returns {Totals}
 */
export function addTotals(a, b) {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }
}

/**
 * The last line of `npm test`.
 *
 * @param {Totals} totals
 */
export function countLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

const reasonInTitle = / ?\((?:skipped: ((?:[^()]|\([^()]*\))+)|([^()]+ is not installed))\)/

/**
 * Why a test was skipped: its title says so, `routes a packet (skipped: not root)`.
 *
 * @param {string} title
 */
export function skipReason(title) {
  const [, reason, missing] = reasonInTitle.exec(title) ?? []
  return reason ?? missing ?? 'no reason given; end its title with (skipped: why)'
}

/**
 * Skipped tests, those of one file and one reason together.
 *
 * @param {readonly SkippedTest[]} skippedTests
 * @returns {string[]}
 */
export function describeSkipped(skippedTests) {
  /** @type {Map<string, string[]>} */
  const groups = new Map()
  for (const { file, title } of skippedTests) {
    const group = `${file}: ${skipReason(title)}`
    groups.set(group, [...(groups.get(group) ?? []), title.replace(reasonInTitle, '')])
  }
  return [...groups].flatMap(([group, titles]) => [
    `skipped ${titles.length} of ${group}`,
    ...titles.map((title) => `    ${title}`),
  ])
}

/**
 * Counts the results of a jest run.
 *
 * @param {JestResults} results
 * @param {{ rootDir: string, testNamePattern?: string }} config
 * @returns {JestTotals}
 */
export function jestTotals(results, { rootDir, testNamePattern = '' }) {
  const wanted = new RegExp(testNamePattern, 'i')
  const skippedTests = results.testResults.flatMap(({ testFilePath, testResults }) =>
    testResults
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
      // Tests that `-t` leaves out are reported like skipped ones.
      .filter(({ fullName }) => wanted.test(fullName))
      .map(({ fullName }) => ({ file: testFilePath.slice(rootDir.length + 1), title: fullName })),
  )
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
    skipped: skippedTests.length,
    skippedTests,
  }
}
