/** Why: an old Node.js fails with errors that do not name the cause. */
/** The oldest Node the packages run on: the first 20 that loads ES modules with `require`. */
const oldest = [20, 19]

/**
 * The text for a user whose Node is too old; undefined when it is new enough.
 *
 * @param {string} version as in `process.versions.node`
 */
export function nodeVersionProblem(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor, oldestMinor] = /** @type {[number, number]} */ (oldest)
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined
  return `Node ${version} is too old: install Node ${oldest.join('.')} or newer`
}
