/** Why: the globals of the usual environment cost tests that compute a third of their time. */
import { writeSync } from 'node:fs'
import vm from 'node:vm'
import { TestEnvironment } from 'jest-environment-node'
import { workerDied } from './totals.mjs'

// Jest's workers have a channel to it, and never end with a status.
if (process.send) {
  process.once('exit', (status) => {
    // Jest has cut off process.stderr by then.
    if (status !== 0) writeSync(2, `${workerDied} (${status})\n`)
  })
}

/**
 * Jest's environment for Node.js, with globals that are properties of an ordinary object.
 *
 * Jest's own globals are behind an interceptor and a proxy. Every `Uint8Array` or `Math` in a loop costs a call into
 * C++ and back, a third of the time of tests that compute.
 */
export default class PlainGlobals extends TestEnvironment {
  /** @param {ConstructorParameters<typeof TestEnvironment>} args */
  constructor(...args) {
    const { createContext } = vm
    // The constructor of the base class has no option for this.
    vm.createContext = (_sandbox, options) => createContext(vm.constants.DONT_CONTEXTIFY, options)
    try {
      super(...args)
    } finally {
      vm.createContext = createContext
    }
  }
}
