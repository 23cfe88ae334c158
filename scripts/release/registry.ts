/** Why: only a registry shows what a release does: tags, versions of versions, what `npx` finds. */
import { mkdirSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { runCommand } from '../setup/run-command.mjs'
import { root } from '../setup/workspace.mjs'

/**
 * verdaccio, fetched when a release is tried, in the last version for Node 20; it goes with `node_modules`. One of its
 * dependencies asks for a tag of node-fetch that mirrors of the registry lack, so the version of that tag is named.
 */
const manifest = { private: true, dependencies: { verdaccio: '6.8.0' }, overrides: { 'node-fetch': '2.7.0' } }
const folder = join(root, 'node_modules', '.p2pd-registry')

/** A registry of this machine alone. */
export interface Registry {
  readonly url: string
  /** Makes npm use it, with a cache of its own: nothing of a trial stays. */
  readonly env: NodeJS.ProcessEnv
  close(): void
}

/**
 * Starts a registry on loopback that has nothing yet. It asks the registry that npm uses for all packages except ours,
 * so a version of p2pd from there is never tried by mistake.
 */
export async function startRegistry(work: string): Promise<Registry> {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'package.json')
  writeFileSync(file, JSON.stringify(manifest))
  await runCommand('npm', ['install', '--ignore-scripts', '--no-package-lock'], { cwd: folder })
  const { runServer } = createRequire(file)('verdaccio') as { runServer: (config: object) => Promise<Server> }
  const upstream = (await runCommand('npm', ['config', 'get', 'registry'])).trim()
  const server = await runServer(configuration(work, upstream))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/`
  const npmrc = join(work, 'npmrc')
  writeFileSync(npmrc, `registry=${url}\n//127.0.0.1:${port}/:_authToken=nobody\n`)
  const env = { npm_config_userconfig: npmrc, npm_config_cache: join(work, 'npm'), npm_config_registry: url }
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url, env, close }
}

/** Everybody on this machine may publish: it listens on loopback, for the time of one trial. */
function configuration(work: string, upstream: string): object {
  const open = { access: '$all', publish: '$all' }
  return {
    self_path: join(work, 'registry.json'),
    storage: join(work, 'storage'),
    web: { enable: false },
    uplinks: { upstream: { url: upstream } },
    packages: { p2pd: open, '@p2pd/*': open, '**': { access: '$all', proxy: 'upstream' } },
    max_body_size: '50mb',
    log: { type: 'stdout', level: 'error' },
  }
}
