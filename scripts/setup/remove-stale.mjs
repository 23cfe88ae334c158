import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { madeList } from './bundle-entries.mjs'

/**
 * The files of a `dist` that the last build did not make and that would be published. The compiler leaves types
 * whose source is gone; a build that turbo restores leaves code that the bundler did not list.
 *
 * @param {readonly string[]} present paths relative to `dist`
 * @param {(path: string) => boolean} isSource whether there is such a path below `src`
 * @param {readonly string[]} bundled the code that the bundler has made
 */
export function staleFiles(present, isSource, bundled) {
  return present.filter((path) => {
    if (path.endsWith('.js')) return !bundled.includes(path)
    return path.endsWith('.d.ts') && !isSource(path.replace(/\.d\.ts$/, '.ts'))
  })
}

/**
 * Removes stale files of a package's `dist`.
 *
 * @param {string} folder
 */
export function removeStale(folder) {
  const dist = join(folder, 'dist')
  if (!existsSync(join(dist, madeList))) return
  const bundled = /** @type {string[]} */ (JSON.parse(readFileSync(join(dist, madeList), 'utf8')))
  const present = /** @type {string[]} */ (readdirSync(dist, { recursive: true }))
  const stale = staleFiles(present, (path) => existsSync(join(folder, 'src', path)), bundled)
  for (const path of stale) rmSync(join(dist, path))
}
