import { execFile } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { configDirectory, loadIdentity } from './identity-file.ts'

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'p2pd-identity-'))
  try {
    await run(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('F4: makes the file once, readable by its owner alone, and nothing beside it', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'deep', 'identity.pem')
    const made = await loadIdentity(file)
    expect((await loadIdentity(file)).id).toBe(made.id)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readdir(join(folder, 'deep'))).toEqual(['identity.pem'])
  }))

test('many at once agree on one identity', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'identity.pem')
    const ids = await Promise.all(Array.from({ length: 20 }, async () => (await loadIdentity(file)).id))
    expect(new Set(ids).size).toBe(1)
  }))

test('a folder in the place of the file is said to be one, whatever its mode', () =>
  inFolder(async (folder) => {
    await chmod(folder, 0o777)
    await expect(loadIdentity(folder)).rejects.toThrow(`${folder} is not a file`)
  }))

test('refuses a file that others can read, and says how to mend it', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'identity.pem')
    await loadIdentity(file)
    await chmod(file, 0o644)
    await expect(loadIdentity(file)).rejects.toThrow(
      `${file} can be read by others (mode 0644): run \`chmod 600 ${file}\``,
    )
  }))

test('refuses a file without a key, and a folder', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'identity.pem')
    await writeFile(file, 'hello', { mode: 0o600 })
    await expect(loadIdentity(file)).rejects.toThrow(`${file} holds no private key`)
    await expect(loadIdentity(join(file, 'below'))).rejects.toMatchObject({ code: 'NODE_IDENTITY_FILE' })
  }))

test('each system has its folder', () => {
  expect(configDirectory({}, 'linux', () => '/home/a')).toBe('/home/a/.config/p2pd')
  expect(configDirectory({ XDG_CONFIG_HOME: '/x' }, 'linux', () => '/home/a')).toBe('/x/p2pd')
  expect(configDirectory({}, 'darwin', () => '/Users/a')).toBe('/Users/a/Library/Application Support/p2pd')
  expect(configDirectory({ APPDATA: '/roaming' }, 'win32', () => '/a')).toBe('/roaming/p2pd')
  // Services may run with an empty variable: a relative path would be a file for each current folder.
  expect(configDirectory({ APPDATA: '' }, 'win32', () => '/a')).toBe('/a/AppData/Roaming/p2pd')
  for (const system of ['freebsd', 'openbsd', 'netbsd', 'android', 'sunos'] as const) {
    expect(configDirectory({}, system, () => '/home/a')).toBe('/home/a/.config/p2pd')
  }
})

test('I1: fault 18: the home folder of a user who has none is asked for only when a default needs it', () => {
  const noHome = () => {
    throw Object.assign(new Error('uv_os_homedir returned ENOENT (no such file or directory)'), {
      code: 'ENOENT',
    })
  }
  expect(configDirectory({ XDG_CONFIG_HOME: '/x' }, 'linux', noHome)).toBe('/x/p2pd')
  expect(configDirectory({ APPDATA: '/roaming' }, 'win32', noHome)).toBe('/roaming/p2pd')
  expect(() => configDirectory({}, 'linux', noHome)).toThrow(
    expect.objectContaining({ code: 'NODE_NO_HOME' }),
  )
})

test('I1: fault 19: where the file system has no hard links, many at once agree on one identity as well', () =>
  inFolder(async (folder) => {
    const program = `
      import fs from 'node:fs'
      import { syncBuiltinESMExports } from 'node:module'
      fs.promises.link = async () => {
        throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' })
      }
      syncBuiltinESMExports()
      const { loadIdentity } = await import('@p2pd/node/identity')
      const file = ${JSON.stringify(join(folder, 'identity.pem'))}
      const made = await Promise.all(Array.from({ length: 20 }, () => loadIdentity(file)))
      console.log(new Set(made.map(({ id }) => id)).size, (fs.statSync(file).mode & 0o777).toString(8))`
    const tsx = new URL('../../../../node_modules/.bin/tsx', import.meta.url).pathname
    const args = ['--conditions=@p2pd/source', '--input-type=module', '--eval', program]
    const { stdout } = await promisify(execFile)(tsx, args, {
      cwd: new URL('../..', import.meta.url).pathname,
    })
    expect(stdout.trim()).toBe('1 600')
    expect(await readdir(folder)).toEqual(['identity.pem'])
  }))

test('I1: fault 19: an identity file that a process was killed in is refused, within a second', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'identity.pem')
    await writeFile(file, '-----BEGIN PRI', { mode: 0o600 })
    await expect(loadIdentity(file)).rejects.toThrow(`${file} holds no private key`)
  }))
