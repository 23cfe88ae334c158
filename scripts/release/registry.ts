/** Why: only a registry shows what a release does: tags, versions of versions, what `npx` finds. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { runCommand } from '../setup/run-command.mjs'
import { readManifest, root } from '../setup/workspace.mjs'

/** The last version for Node 20. */
const version = '6.8.0'

/**
 * verdaccio, fetched when a release is tried; it goes with `node_modules`. One of its dependencies asks for a tag of
 * node-fetch that mirrors of the registry lack, so the version of that tag is named.
 */
const manifest = { private: true, dependencies: { verdaccio: version }, overrides: { 'node-fetch': '2.7.0' } }
const folder = join(root, 'node_modules', '.p2pd-registry')
const program = join(folder, 'node_modules', 'verdaccio', 'bin', 'verdaccio')

/** It starts in 2 s on an idle machine. */
const startTimeoutMs = 60_000

/** A registry of this machine alone. */
export interface Registry {
  readonly url: string
  /** Makes npm use it, with a cache of its own: nothing of a trial stays. */
  readonly env: NodeJS.ProcessEnv
  close(): Promise<void>
}

/**
 * Starts a registry on loopback that has nothing yet. It asks the registry that npm uses for all packages except ours,
 * so a version of p2pd from there is never tried by mistake.
 */
export async function startRegistry(work: string): Promise<Registry> {
  await fetchVerdaccio()
  const upstream = (await runCommand('npm', ['config', 'get', 'registry'])).trim()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const config = join(work, 'registry.json')
  writeFileSync(config, JSON.stringify(configuration(join(work, 'storage'), upstream)))
  const npmrc = join(work, 'npmrc')
  writeFileSync(npmrc, `registry=${url}\n//127.0.0.1:${port}/:_authToken=nobody\n`)

  const child = spawn(process.execPath, [program, '-c', config, '-l', `127.0.0.1:${port}`], {
    stdio: 'ignore',
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const end = () => child.kill('SIGTERM')
  process.once('exit', end)
  const close = async () => {
    process.off('exit', end)
    end()
    await ended
  }
  const env = { npm_config_userconfig: npmrc, npm_config_cache: join(work, 'npm'), npm_config_registry: url }
  try {
    await Promise.race([answer(url), ended.then(() => Promise.reject(new Error('verdaccio ended at once')))])
  } catch (error) {
    await close()
    throw error
  }
  return { url, env, close }
}

async function fetchVerdaccio(): Promise<void> {
  const path = 'node_modules/.p2pd-registry/node_modules/verdaccio'
  if (existsSync(program) && readManifest(path).version === version) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  await runCommand('npm', ['install', '--ignore-scripts', '--no-package-lock'], { cwd: folder })
}

/** Everybody on this machine may publish: it listens on loopback, for the time of one trial. */
function configuration(storage: string, upstream: string): object {
  const open = { access: '$all', publish: '$all' }
  return {
    storage,
    web: { enable: false },
    uplinks: { upstream: { url: upstream } },
    packages: { p2pd: open, '@p2pd/*': open, '**': { access: '$all', proxy: 'upstream' } },
    max_body_size: '50mb',
    log: { type: 'stdout', level: 'error' },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function answer(url: string): Promise<void> {
  const end = performance.now() + startTimeoutMs
  for (;;) {
    const isThere = await fetch(`${url}-/ping`).then(
      ({ ok }) => ok,
      () => false, // It does not listen yet.
    )
    if (isThere) return
    if (performance.now() > end) throw new Error(`verdaccio does not answer at ${url}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
