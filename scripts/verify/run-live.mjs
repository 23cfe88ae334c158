/** Why: long steps show their output while they run, and it is searched afterwards. */
import { CommandError, runCommand } from '../setup/run-command.mjs'

/**
 * Runs a command, shows what it writes as it comes, and returns that, and why it failed, if it did.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('../setup/run-command.mjs').CommandOptions} options
 * @returns {Promise<{ why?: string, output: string }>}
 */
export async function runLive(command, args, options) {
  /** @type {Buffer[]} */
  const chunks = []
  const onOutput = (/** @type {Buffer} */ chunk) => {
    chunks.push(chunk)
    process.stdout.write(chunk)
  }
  const output = () => Buffer.concat(chunks).toString()
  try {
    await runCommand(command, args, { ...options, onOutput })
    return { output: output() }
  } catch (error) {
    if (error instanceof CommandError) return { why: error.message, output: output() }
    throw error
  }
}
