import { makeFolders, readAtMost } from '@p2pd/netif/node'
import { configDirectory } from '@p2pd/node/node'
import { rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pid } from 'node:process'
import type { Context } from '../../context.ts'

/** A sender that has proved a code, and whose accepted transfer is not complete. */
export interface IntroducedSender {
  readonly id: string
  /** The name that it gave itself. */
  readonly name: string
}

interface Entry extends IntroducedSender {
  /** The folder that its files go to. */
  readonly directory: string
  /** When it was accepted, in milliseconds since 1970. */
  readonly since: number
}

/** A sender that has not come back within a day gets a new code. */
const MAX_AGE_MS = 86_400_000
const MAX_ENTRIES = 64
/** Bytes of the file, at most. */
const MAX_LENGTH = 2 ** 17

/**
 * The senders whose transfer into a folder was broken off. Their code is spent, and a receiver that was killed could not let
 * them in again otherwise. A file that nobody can read has none.
 */
export async function introducedSenders(
  context: Context,
  directory: string,
): Promise<readonly IntroducedSender[]> {
  const entries = await load(fileOf(context))
  return entries.filter((entry) => entry.directory === directory).map(({ id, name }) => ({ id, name }))
}

/** Remembers a sender whose offer was accepted. */
export function rememberSender(context: Context, sender: IntroducedSender, directory: string): Promise<void> {
  const entry = { ...sender, directory, since: Date.now() }
  return change(context, (others) => [...without(others, sender.id, directory), entry].slice(-MAX_ENTRIES))
}

/** Its transfer is complete: the next one needs a code of its own. */
export function forgetSender(context: Context, id: string, directory: string): Promise<void> {
  return change(context, (entries) => without(entries, id, directory))
}

function without(entries: readonly Entry[], id: string, directory: string): Entry[] {
  return entries.filter((entry) => entry.id !== id || entry.directory !== directory)
}

/** A folder of settings that can't be written costs the convenience alone. */
async function change(context: Context, edit: (entries: readonly Entry[]) => Entry[]): Promise<void> {
  try {
    const file = fileOf(context)
    const before = await load(file)
    const after = edit(before)
    if (before.length === 0 && after.length === 0) return
    makeFolders(dirname(file), 0o700)
    const part = `${file}.${pid}`
    await writeFile(part, JSON.stringify(after), { mode: 0o600 })
    await rename(part, file)
  } catch (error) {
    context.output.log('sender-not-remembered', { reason: (error as Error).message })
  }
}

async function load(file: string): Promise<readonly Entry[]> {
  const bytes = await readAtMost(file, MAX_LENGTH).catch(() => undefined)
  const now = Date.now()
  return parsed(bytes).filter(({ since }) => since <= now && now - since < MAX_AGE_MS)
}

function parsed(bytes: Uint8Array | undefined): readonly Entry[] {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return Array.isArray(value) ? value.filter(isEntry) : []
  } catch {
    return [] // There is none, or half of one: the next change writes it anew.
  }
}

function isEntry(value: unknown): value is Entry {
  const { id, name, directory, since } = (value ?? {}) as Partial<Record<keyof Entry, unknown>>
  return [id, name, directory].every((text) => typeof text === 'string') && typeof since === 'number'
}

function fileOf({ env }: Context): string {
  return join(configDirectory(env), 'introduced-senders.json')
}
