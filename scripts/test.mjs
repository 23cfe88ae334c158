/** `npm test [-- PATTERN...]`: everything that has to hold, or only the tests of matching files. */
import { nodeVersionProblem } from './setup/node-version.mjs'
import { endCommandsOnSignal } from './setup/run-command.mjs'
import { runSteps } from './verify/run-steps.mjs'
import { everything, selectedTests } from './verify/steps.mjs'
import { countLine } from './verify/totals.mjs'

endCommandsOnSignal()
const args = process.argv.slice(2)
const print = (/** @type {string} */ line) => console.log(line)

const problem = nodeVersionProblem(process.versions.node)
const refuse = async () => ({ failed: /** @type {string} */ (problem) })
const steps = args.length > 0 ? selectedTests(args) : everything()
const totals = await runSteps(problem ? [{ title: 'Node', run: refuse }] : steps, print)
print(countLine(totals))
process.exitCode = totals.failed > 0 ? 1 : 0
