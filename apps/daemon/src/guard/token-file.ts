import { createFile } from '@p2pd/node/node'
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { DaemonError } from '../daemon-error.ts'

/** 256 bits: nobody guesses them. */
const TOKEN_BYTES = 32
/** A header field carries nothing else, so no request could bring another token. RFC 9110 §5.5. */
const TOKEN = /^[\x21-\x7e]+$/
const OTHERS = 0o077
/** A writer is done within milliseconds: one that takes this long was killed. */
const UNFINISHED_MS = 1000
const RETRY_MS = 10

/** Reads the token of a file, making both when the file is missing. Fails with `DAEMON_TOKEN_FILE` when others can read it. */
export async function loadToken(file: string): Promise<string> {
  try {
    return (await readToken(file)) ?? (await makeToken(file)) ?? (await readToken(file)) ?? ''
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

/** The token; undefined without the file. One that another process is still writing is read again. */
async function readToken(file: string): Promise<string | undefined> {
  const deadline = Date.now() + UNFINISHED_MS
  for (;;) {
    const token = await readPrivate(file)
    if (token === undefined) return undefined
    if (token.length >= TOKEN_BYTES && TOKEN.test(token)) return token
    if (Date.now() > deadline) throw new DaemonError('DAEMON_TOKEN_FILE', `${file} holds no token: remove it`)
    await wait(RETRY_MS)
  }
}

async function readPrivate(file: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(file)
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      throw new DaemonError('DAEMON_TOKEN_FILE', `${file} can be read by others: run \`chmod 600 ${file}\``)
    }
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Makes the file; undefined when another process was first. */
async function makeToken(file: string): Promise<string | undefined> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  return (await createFile(file, `${token}\n`)) ? token : undefined
}
