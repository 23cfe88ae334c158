import { configDirectory } from '@p2pd/node/node'
import { join } from 'node:path'
import type { Context } from '../../context.ts'
import { readRecord, writeRecord } from './record-file.ts'

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
 * them in again otherwise. None where the file can't be read.
 */
export async function introducedSenders(
  context: Context,
  directory: string,
): Promise<readonly IntroducedSender[]> {
  const entries = await load(fileOf(context)).catch((error: Error) => {
    context.output.log('senders-not-read', { reason: error.message })
    return []
  })
  return entries.filter((entry) => entry.directory === directory).map(({ id, name }) => ({ id, name }))
}

/** Remembers a sender whose offer was accepted. */
export function rememberSender(context: Context, sender: IntroducedSender, directory: string): Promise<void> {
  const entry = { ...sender, directory, since: Date.now() }
  return change(context, (others) => [...without(others, sender.id, directory), entry].slice(-MAX_ENTRIES))
}

/** Forgets a sender whose transfer is complete: its next one needs another code. */
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
    if (before.length + after.length > 0) await writeRecord(file, after)
  } catch (error) {
    context.output.log('sender-not-remembered', { reason: (error as Error).message })
  }
}

async function load(file: string): Promise<readonly Entry[]> {
  const record = await readRecord(file, MAX_LENGTH)
  const entries = Array.isArray(record) ? record.filter(isEntry) : []
  const now = Date.now()
  return entries.filter(({ since }) => since <= now && now - since < MAX_AGE_MS)
}

function isEntry(value: unknown): value is Entry {
  const { id, name, directory, since } = (value ?? {}) as Partial<Record<keyof Entry, unknown>>
  return [id, name, directory].every((text) => typeof text === 'string') && typeof since === 'number'
}

function fileOf({ env }: Context): string {
  return join(configDirectory(env), 'introduced-senders.json')
}
