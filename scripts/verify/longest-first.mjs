/** Why: the longest test files must start first, or one core waits at the end. */
import { createRequire } from 'node:module'

/** @type {typeof import('@jest/test-sequencer')} */
const { default: Sequencer } = createRequire(import.meta.url)('@jest/test-sequencer')

/**
 * Jest's order of files, but those that simulate whole networks come first, and those that drive a browser. They take
 * longest, and in a fresh clone jest knows nothing but sizes. One left for the end keeps one core busy and the other idle.
 */
export default class LongestFirst extends Sequencer {
  /**
   * @override
   * @param {Parameters<InstanceType<typeof Sequencer>['sort']>[0]} tests
   */
  async sort(tests) {
    const sorted = await super.sort(tests)
    const isLong = (/** @type {{ path: string }} */ { path }) => /\/lab\/test\/|\/page\//.test(path)
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))]
  }
}
