/** Why: what is published runs on every Node.js that `engines` allows. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/workspace.mjs'

/** A Node to try the packages on. */
export interface NodeVersion {
  readonly title: string
  readonly file: string
  /** Runs TypeScript whose types can be erased as it is. */
  readonly runsTypeScript: boolean
}

/** Since this version Node runs TypeScript without being asked to. */
const firstWithTypeScript = 24

/** The Node this runs on, and Node 24 where the workspace has brought one (Linux on x64). */
export function nodeVersions(): NodeVersion[] {
  const major = Number(process.versions.node.split('.')[0])
  const own = { title: `Node ${major}`, file: process.execPath, runsTypeScript: major >= firstWithTypeScript }
  const other = join(root, 'scripts', 'published', 'node_modules', 'node24', 'bin', 'node')
  if (major === 24 || !existsSync(other)) return [own]
  return [own, { title: 'Node 24', file: other, runsTypeScript: true }]
}
