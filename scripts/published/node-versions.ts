/** Why: what is published runs on every Node.js that `engines` allows. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../setup/run-command.mjs'
import { root } from '../setup/workspace.mjs'

/** Lines that `engines` allows: maintained, even ones. */
export const nodeLines = [20, 22, 24] as const

/** Since this line Node runs TypeScript without being asked to. */
const firstWithTypeScript = 24

/** A Node to try the packages on. */
export interface NodeVersion {
  readonly title: string
  readonly file: string
  /** Runs TypeScript whose types can be erased as it is. */
  readonly runsTypeScript: boolean
}

const nodeVersion = (line: number, file: string): NodeVersion => ({
  title: `Node ${line}`,
  file,
  runsTypeScript: line >= firstWithTypeScript,
})

/** The Node this runs on, and Node 24 where the workspace has brought one (Linux on x64). */
export function nodeVersions(): NodeVersion[] {
  const own = nodeVersion(Number.parseInt(process.versions.node, 10), process.execPath)
  const other = join(root, 'scripts', 'published', 'node_modules', 'node24', 'bin', 'node')
  return own.runsTypeScript || !existsSync(other) ? [own] : [own, nodeVersion(24, other)]
}

/** The supported lines of Node.js, each fetched once by npx. */
export async function fetchNodes(): Promise<NodeVersion[]> {
  const nodes: NodeVersion[] = []
  for (const line of nodeLines) {
    const path = await runCommand('npx', ['--yes', `node@${line}`, '-p', 'process.execPath'])
    nodes.push(nodeVersion(line, path.trim()))
  }
  return nodes
}
