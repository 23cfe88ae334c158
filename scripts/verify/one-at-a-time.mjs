/** Why: tests that measure real time must have the machine to themselves. */
import { createRequire } from 'node:module'

/** @type {typeof import('jest-runner')} */
const { default: JestRunner } = createRequire(import.meta.url)('jest-runner')

/** Jest's runner for tests that must have the machine to themselves: one file after the other, in jest's process. */
export default class OneAtATime extends JestRunner {
  /** @override */
  isSerial = true
}
