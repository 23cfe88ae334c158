/** Why: starting pnpm and turbo to learn that nothing has changed takes seconds. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageFolders } from './workspace.mjs'

/**
 * The files below `path` (itself, when it is a file), sorted, relative to `workspace`.
 *
 * @param {string} workspace
 * @param {string} path
 * @returns {string[]}
 */
function filesBelow(workspace, path) {
  const full = join(workspace, path)
  if (!existsSync(full)) return []
  if (!statSync(full).isDirectory()) return [path]
  return readdirSync(full, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(workspace.length + 1))
    .sort()
}

/**
 * A hash over names and contents of files and folders; changes when any of them does.
 *
 * @param {string} workspace
 * @param {string[]} paths
 * @param {(path: string) => boolean} [counts] leaves out files that make no difference
 */
export function fingerprint(workspace, paths, counts = () => true) {
  const hash = createHash('sha256')
  for (const path of paths.flatMap((path) => filesBelow(workspace, path)).filter(counts)) {
    const content = readFileSync(join(workspace, path))
    hash.update(`${path}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

/**
 * The files that decide about `node_modules`: the manifests and the lockfile.
 *
 * @param {string} workspace
 */
export function installFingerprint(workspace) {
  const manifests = packageFolders(workspace).map((folder) => `${folder}/package.json`)
  const lock = ['package.json', 'scripts/published/package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml']
  return `${process.platform}-${process.arch} ${fingerprint(workspace, [...lock, ...manifests])}`
}

/**
 * The files that decide about `dist`: sources without their tests, manifests, settings of compiler and bundler.
 *
 * @param {string} workspace
 */
export function buildFingerprint(workspace) {
  const inputs = packageFolders(workspace).flatMap((folder) =>
    ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'src'].map((name) => `${folder}/${name}`),
  )
  const tools = ['bundle.mjs', 'bundle-entries.mjs'].map((name) => `scripts/setup/${name}`)
  const paths = ['tsconfig.base.json', 'pnpm-lock.yaml', ...tools, ...inputs]
  return fingerprint(workspace, paths, (path) => !path.endsWith('.test.ts'))
}

/**
 * A file that remembers the fingerprint something was last made from. It lies in `node_modules`, so that
 * whoever removes that folder starts afresh.
 *
 * @param {string} workspace
 * @param {string} name
 */
export function stamp(workspace, name) {
  const file = join(workspace, 'node_modules', '.p2pd', name)
  return {
    /** @param {string} value */
    is: (value) => existsSync(file) && readFileSync(file, 'utf8') === value,
    /** @param {string} value */
    write: (value) => {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, value)
    },
  }
}
