import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { NodeError } from '../node-error.ts'
import { createFile } from './files/create-file.ts'
import { readText } from './files/read-text.ts'
import { createIdentity, formatIdentity, type PrivateIdentity, parseIdentity } from './identity.ts'

/** The modes that let others in. */
const OTHERS = 0o077
/** A writer is done within milliseconds: one that takes this long was killed. */
const UNFINISHED_MS = 1000
const RETRY_MS = 10

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
  if (platform === 'win32') return join(env.APPDATA || below('AppData', 'Roaming'), 'p2pd')
  if (platform === 'darwin') return below('Library', 'Application Support', 'p2pd')
  return join(env.XDG_CONFIG_HOME || below('.config'), 'p2pd')
}

/** Users without an entry in the password file have no home folder unless HOME names one: common in containers. */
function homeOf(home: () => string): string {
  try {
    return home()
  } catch (cause) {
    const remedy = 'set HOME or XDG_CONFIG_HOME, or name the files by options'
    throw new NodeError('NODE_NO_HOME', `this user has no home folder: ${remedy}`, { cause })
  }
}

/** Where a user's identity is unless another file is named. Throws `NODE_NO_HOME`. */
export function defaultIdentityFile(): string {
  return join(configDirectory(), 'identity.pem')
}

/**
 * Loads the identity, making one when the file is missing. Rejects with `NODE_IDENTITY_FILE` when the file cannot be used,
 * or when others can read it. Without `file` it may be `NODE_NO_HOME`.
 */
export async function loadIdentity(file: string = defaultIdentityFile()): Promise<PrivateIdentity> {
  const pem = await readIdentity(file)
  if (pem !== undefined) return parseIdentity(pem, file)
  const identity = createIdentity()
  const isMade = await createFile(file, formatIdentity(identity)).catch(async (error: Error) => {
    throw await cannotUse(file, error)
  })
  // Another process may have made one in the meantime: then that one counts.
  return isMade ? identity : parseIdentity((await readIdentity(file)) ?? '', file)
}

/** The text of the file. One that another process is still writing is read again. */
async function readIdentity(file: string): Promise<string | undefined> {
  const deadline = Date.now() + UNFINISHED_MS
  for (;;) {
    const pem = await readPrivateText(file)
    if (pem === undefined || !isUnfinished(pem) || Date.now() > deadline) return pem
    await wait(RETRY_MS)
  }
}

async function readPrivateText(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file)
    const { mode } = found
    if (!found.isFile()) throw new NodeError('NODE_IDENTITY_FILE', `${file} is not a file`)
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0')
      throw new NodeError(
        'NODE_IDENTITY_FILE',
        `${file} can be read by others (mode ${shown}): run \`chmod 600 ${file}\``,
      )
    }
    return await readText(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error instanceof NodeError ? error : await cannotUse(file, error as Error)
  }
}

/** Whether a text is the begin of a PEM file. RFC 7468 §2. */
function isUnfinished(pem: string): boolean {
  return '-----BEGIN'.startsWith(pem.slice(0, 10)) && !pem.includes('-----END')
}

async function cannotUse(file: string, cause: Error): Promise<NodeError> {
  // `p2pd id` would load all of the package for it.
  const { systemReason } = await import('@p2pd/netif')
  return new NodeError(
    'NODE_IDENTITY_FILE',
    `the identity file ${file} can't be used: ${systemReason(cause)}`,
    {
      cause,
    },
  )
}
