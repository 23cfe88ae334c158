import { makeFolders } from '@p2pd/netif/node'
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { link, open, readFile, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DaemonError } from '../daemon-error.ts'

/** 256 bits: nobody guesses them. */
const TOKEN_BYTES = 32
const OWNER_ONLY = 0o600
const OWNER_ONLY_FOLDER = 0o700
const OTHERS = 0o077

/** Reads the token of a file, making both when the file is missing. Fails with `DAEMON_TOKEN_FILE` when others can read it. */
export async function loadToken(file: string): Promise<string> {
  try {
    return (await readToken(file)) ?? (await writeToken(file)) ?? (await readToken(file)) ?? ''
  } catch (error) {
    if (error instanceof DaemonError) throw error
    const { message } = error as Error
    throw new DaemonError('DAEMON_TOKEN_FILE', `the token file ${file} can't be used: ${message}`, {
      cause: error,
    })
  }
}

/** Compares in constant time with the one token. */
export function tokenCheck(token: string): (candidate: string) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const expected = digest(token)
  return (candidate) => timingSafeEqual(digest(candidate), expected)
}

async function readToken(file: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(file)
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      throw new DaemonError('DAEMON_TOKEN_FILE', `${file} can be read by others: run \`chmod 600 ${file}\``)
    }
    const token = (await readFile(file, 'utf8')).trim()
    if (token.length < TOKEN_BYTES)
      throw new DaemonError('DAEMON_TOKEN_FILE', `${file} holds no token: remove it`)
    return token
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Writes under another name and links it into place; undefined when another process was first. */
async function writeToken(file: string): Promise<string | undefined> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  const unfinished = `${file}.${randomBytes(6).toString('hex')}`
  makeFolders(dirname(file), OWNER_ONLY_FOLDER)
  try {
    const handle = await open(unfinished, 'wx', OWNER_ONLY)
    try {
      await handle.writeFile(`${token}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await link(unfinished, file)
    return token
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined
    throw error
  } finally {
    await unlink(unfinished).catch(() => {}) // It is not there when it could not be made.
  }
}
