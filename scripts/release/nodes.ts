/** Why: one list of the lines of Node.js that a release supports, and one way to get them. */
import type { NodeVersion } from '../published/node-versions.ts'
import { CommandError, runCommand } from '../setup/run-command.mjs'

/** Lines that `engines` allows: maintained, even ones. */
export const nodeLines = [20, 22, 24] as const

/** Since this line Node runs TypeScript without being asked to. */
const firstWithTypeScript = 24

/** The lines of Node that npx can get, each fetched once; the others with the reason. */
export async function fetchNodes(): Promise<{ nodes: NodeVersion[]; missing: string[] }> {
  const nodes: NodeVersion[] = []
  const missing: string[] = []
  for (const line of nodeLines) {
    try {
      const print = 'process.version + " " + process.execPath'
      const output = await runCommand('npx', ['--yes', `node@${line}`, '-p', print])
      const [version = '', ...path] = output.trim().split(' ')
      nodes.push({
        title: `Node ${version.slice(1)}`,
        file: path.join(' '),
        runsTypeScript: line >= firstWithTypeScript,
      })
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      missing.push(`Node ${line}: ${error.message}`)
    }
  }
  return { nodes, missing }
}
