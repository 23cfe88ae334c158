/** Why: the last line of `npm test` counts steps and tests together, with reasons for what was skipped. */
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
 * A test that failed, or a file that could not be run.
 *
 * @typedef {object} FailedTest
 * @property {string} file
 * @property {string} title
 * @property {string} message
 */

/**
 * @typedef {Totals & { skippedTests: SkippedTest[], failedTests: FailedTest[], running: string[] }} JestTotals what a run
 *   came to, maybe so far
 */

/**
 * The fields that are read of the results that jest hands a reporter.
 *
 * @typedef {object} JestResults
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numRuntimeErrorTestSuites test files that could not be run at all
 * @property {readonly JestFile[]} testResults
 */

/**
 * @typedef {object} JestFile
 * @property {string} testFilePath
 * @property {string | null} [failureMessage] also of a file that could not be run
 * @property {readonly { status: string, fullName: string, failureMessages?: readonly string[] }[]} testResults
 */

/** Jest's words for tests that left something open. */
const workerStayed = 'A worker process has failed to exit gracefully'

/** Printed by a test process that ends unexpectedly. */
export const workerDied = 'a process that runs tests died'

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
 * @param {Iterable<string>} [running] files whose results are to come
 * @returns {JestTotals}
 */
export function jestTotals(results, { rootDir, testNamePattern = '' }, running = []) {
  const wanted = new RegExp(testNamePattern, 'i')
  const inWorkspace = (/** @type {string} */ path) => path.slice(rootDir.length + 1)
  const skippedTests = results.testResults.flatMap(({ testFilePath, testResults }) =>
    testResults
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
      // Tests that `-t` leaves out are reported like skipped ones.
      .filter(({ fullName }) => wanted.test(fullName))
      .map(({ fullName }) => ({ file: inWorkspace(testFilePath), title: fullName })),
  )
  const failedTests = results.testResults.flatMap((file) =>
    failuresOf(file).map((failure) => ({
      file: testFileIn(failure.message) ?? inWorkspace(file.testFilePath),
      ...failure,
    })),
  )
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
    skipped: skippedTests.length,
    skippedTests,
    failedTests,
    running: [...running].map(inWorkspace),
  }
}

/**
 * The file of a test in the stack of its error: the file that jest ran may hold tests of many.
 *
 * @param {string} message
 */
function testFileIn(message) {
  return /\b((?:packages|apps|scripts)\/\S+\.test\.ts):\d/.exec(message)?.[1]
}

/**
 * @param {JestFile} file
 * @returns {{ title: string, message: string }[]}
 */
function failuresOf({ failureMessage, testResults }) {
  const failed = testResults.filter(({ status }) => status === 'failed')
  if (failed.length === 0 && failureMessage) return [{ title: 'the whole file', message: failureMessage }]
  return failed.map(({ fullName, failureMessages = [] }) => ({
    title: fullName,
    message: failureMessages.join('\n'),
  }))
}

/** Enough for the sentence of an assertion and the first frames of its stack. */
const messageLines = 12

/** The colours of a terminal. */
const colours = /\u001b\[[\d;]*m/g

/**
 * Failed tests and the beginnings of their messages: for the end of the output, of which some readers see nothing else.
 *
 * @param {readonly FailedTest[]} failedTests
 * @returns {string[]}
 */
export function describeFailed(failedTests) {
  return failedTests.flatMap(({ file, title, message }) => [
    `failed: ${file}: ${title}`,
    ...beginningOf(message),
  ])
}

/**
 * The first lines of a message, indented.
 *
 * @param {string} message
 * @returns {string[]}
 */
export function beginningOf(message) {
  const lines = message.replace(colours, '').trim().split('\n')
  return lines.slice(0, messageLines).flatMap((line) => (line === '' ? [] : `    ${line}`))
}

/**
 * The problem of a run, apart from tests that failed.
 *
 * @param {{ why?: string | undefined, output: string, totals: JestTotals | undefined }} run `why`: jest did not end well
 * @returns {string | undefined}
 */
export function jestProblem({ why, output, totals }) {
  // Jest does not report a worker as failed: it ends one that stays, and restarts one that died with the same file.
  const mishap = [workerStayed, workerDied].find((sentence) => output.includes(sentence))
  if (why === undefined) return mishap
  const unfinished = totals?.running.length ? `, with ${totals.running.join(', ')} unfinished` : ''
  return totals && totals.failed > 0 && !unfinished ? mishap : `${why}${unfinished}`
}
