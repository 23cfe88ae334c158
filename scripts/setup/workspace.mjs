/** Why: every script finds the root and the packages in the same way. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the workspace's own package.json. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** The folders of all packages, relative to the root: `packages/netif`, `apps/cli`. */
export function packageFolders(workspace = root) {
  return ['packages', 'apps']
    .flatMap((parent) => readdirSync(join(workspace, parent)).map((name) => `${parent}/${name}`))
    .filter((path) => existsSync(join(workspace, path, 'package.json')))
}

/**
 * A package's manifest.
 *
 * @param {string} folder relative to the workspace
 */
export function readManifest(folder) {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
}
