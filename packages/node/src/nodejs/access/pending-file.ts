import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Applicant } from '../../calls/admission.ts'
import { configDirectory } from '../identity-file.ts'
import { replaceFile } from '../replace-file.ts'

/** A caller that waits to be accepted, as other programs of the user see it. */
export interface PendingCaller extends Applicant {
  /** When it began to wait, in milliseconds since 1970. */
  readonly since: number
}

/** A caller waits no longer: an entry that is older belongs to a program that was killed. */
const MAX_AGE_MS = 60_000
/** As many as a node lets wait. */
const MAX_ENTRIES = 64

/** Where the callers that wait are listed. Throws `NODE_NO_HOME`. */
export function defaultPendingFile(env: NodeJS.ProcessEnv = process.env): string {
  return join(configDirectory(env), 'pending.json')
}

/** The callers that wait in all programs of the user, the oldest first. A file that nobody can read lists none. */
export async function loadPending(file: string = defaultPendingFile()): Promise<readonly PendingCaller[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]')
  const entries = parseEntries(text)
  const now = Date.now()
  return entries.filter(({ since }) => since <= now && now - since < MAX_AGE_MS)
}

/** Lists a caller. */
export function addPending(applicant: Applicant, file?: string): Promise<void> {
  const { peer, service } = applicant
  return changePending(file, (others) =>
    [...others, { peer, service, since: Date.now() }].slice(-MAX_ENTRIES),
  )
}

/** Takes one entry of a caller off the list. */
export function removePending({ peer, service }: Applicant, file?: string): Promise<void> {
  return changePending(file, (entries) => {
    const at = entries.findIndex((entry) => entry.peer === peer && entry.service === service)
    return entries.filter((_, index) => index !== at)
  })
}

async function changePending(
  file: string = defaultPendingFile(),
  change: (entries: readonly PendingCaller[]) => readonly PendingCaller[],
): Promise<void> {
  await replaceFile(file, async () => `${JSON.stringify(change(await loadPending(file)))}\n`)
}

function parseEntries(text: string): readonly PendingCaller[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value.filter(isEntry) : []
  } catch {
    return [] // The next change writes it anew.
  }
}

function isEntry(value: unknown): value is PendingCaller {
  const { peer, service, since } = (value ?? {}) as Record<string, unknown>
  return typeof peer === 'string' && typeof service === 'string' && typeof since === 'number'
}
