/** Why: the compiler leaves the output of deleted sources, and a release would contain it. */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The files of a `dist` whose source is gone: the compiler does not remove them, and they would be published.
 *
 * @param {readonly string[]} made paths relative to `dist`
 * @param {(path: string) => boolean} isSource whether there is such a path below `src`
 */
export function staleFiles(made, isSource) {
  return made.filter((path) => {
    const source = path.replace(/\.(d\.ts|js)$/, '.ts')
    return source !== path && !isSource(source)
  })
}

/**
 * Removes stale files of a package's `dist`.
 *
 * @param {string} folder
 */
export function removeStale(folder) {
  const dist = join(folder, 'dist')
  if (!existsSync(dist)) return
  const made = /** @type {string[]} */ (readdirSync(dist, { recursive: true }))
  const stale = staleFiles(made, (path) => existsSync(join(folder, 'src', path)))
  for (const path of stale) rmSync(join(dist, path))
}
