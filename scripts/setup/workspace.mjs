/** Why: every script finds the root and the packages in the same way. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the workspace's own package.json. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Folders whose subfolders are packages, as in pnpm-workspace.yaml. */
const packageParents = ['packages', 'apps']

/**
 * The folders of all packages, relative to the root: `packages/netif`, `apps/cli`.
 *
 * @param {string} [workspace]
 * @returns {string[]}
 */
export function packageFolders(workspace = root) {
  return packageParents.flatMap((parent) => {
    const folder = join(workspace, parent)
    if (!existsSync(folder)) return []
    return readdirSync(folder)
      .map((name) => `${parent}/${name}`)
      .filter((path) => existsSync(join(workspace, path, 'package.json')))
  })
}

/**
 * A package's manifest.
 *
 * @param {string} folder relative to the workspace
 * @param {string} [workspace]
 */
export function readManifest(folder, workspace = root) {
  return JSON.parse(readFileSync(join(workspace, folder, 'package.json'), 'utf8'))
}

/**
 * The pnpm that the root manifest's `packageManager` field asks for: `pnpm@12.21.0`.
 *
 * @returns {string}
 */
export function pnpmSpec() {
  return readManifest('.').packageManager
}
