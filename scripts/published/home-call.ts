/** Why: a call between new processes of the installed command shows faults that tests of the sources cannot have. */
import { join } from 'node:path'
import { CommandError, runCommand } from '../setup/run-command.mjs'
import { root } from '../setup/workspace.mjs'

/** It takes 8 s; the rest of the machine may be busy. */
const timeoutMs = 90_000

const program = join(root, 'packages', 'lab', 'test', 'connect', 'installed-call.ts')
const loader = ['--import', import.meta.resolve('tsx'), '--conditions=@p2pd/source']

/** Has the `p2pd` installed in a folder call itself from home to home, in the kernel lab. Returns what went wrong. */
export async function tryHomeCall(folder: string): Promise<string[]> {
  const bin = join(folder, 'node_modules', '.bin', 'p2pd')
  try {
    const said = await runCommand(process.execPath, [...loader, program, bin], { timeoutMs })
    console.log(`p2pd, a call from home to home: ${said.trim()}`)
    return []
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return [`a call from home to home: ${error.message}\n${error.output}`]
  }
}
