import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { NodeError } from '../node-error.ts'
import { createIdentity, formatIdentity, type PrivateIdentity, parseIdentity } from './identity.ts'

/** Read and write for the owner, nothing for anyone else. */
const OWNER_ONLY = 0o600
const OTHERS = 0o077

/**
 * The user's folder for settings, as each system has it (XDG base directories on Linux). Throws NODE_NO_HOME when
 * it would be in the user's home folder and the user has none.
 */
export function configDirectory(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: () => string = homedir,
): string {
  const below = (...names: string[]) => join(homeOf(home), ...names)
  if (platform === 'win32') return join(env.APPDATA ?? below('AppData', 'Roaming'), 'p2pd')
  if (platform === 'darwin') return below('Library', 'Application Support', 'p2pd')
  return join(env.XDG_CONFIG_HOME || below('.config'), 'p2pd')
}

/** Users without an entry in the password file have no home folder unless HOME names one: common in containers. */
function homeOf(home: () => string): string {
  try {
    return home()
  } catch (cause) {
    const remedy = 'set HOME, or name the identity file (--identity)'
    throw new NodeError('NODE_NO_HOME', `this user has no home folder: ${remedy}`, { cause })
  }
}

/** Where a user's identity is unless another file is named. */
export function defaultIdentityFile(): string {
  return join(configDirectory(), 'identity.pem')
}

/** Loads the identity, making one when the file is missing; a file that others can read is refused. */
export async function loadIdentity(file: string = defaultIdentityFile()): Promise<PrivateIdentity> {
  const pem = await readIdentity(file)
  if (pem !== undefined) return parseIdentity(pem, file)
  const created = await writeIdentity(file)
  // Another process may have made one in the meantime: then that one counts.
  return created ?? parseIdentity((await readIdentity(file)) ?? '', file)
}

async function readIdentity(file: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(file)
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0')
      throw new NodeError(
        'NODE_IDENTITY_FILE',
        `${file} can be read by others (mode ${shown}): run \`chmod 600 ${file}\``,
      )
    }
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error instanceof NodeError ? error : cannotUse(file, error as Error)
  }
}

/** Writes a new identity under another name and links it into place: a reader never sees half a file. */
async function writeIdentity(file: string): Promise<PrivateIdentity | undefined> {
  const identity = createIdentity()
  const unfinished = `${file}.${randomBytes(6).toString('hex')}`
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const handle = await open(unfinished, 'wx', OWNER_ONLY)
    try {
      await handle.writeFile(formatIdentity(identity))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await chmod(unfinished, OWNER_ONLY)
    await link(unfinished, file)
    return identity
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined
    throw cannotUse(file, error as Error)
  } finally {
    await unlink(unfinished).catch(() => {}) // It is not there when it could not be made.
  }
}

function cannotUse(file: string, cause: Error): NodeError {
  return new NodeError('NODE_IDENTITY_FILE', `the identity file ${file} can't be used: ${cause.message}`, {
    cause,
  })
}
