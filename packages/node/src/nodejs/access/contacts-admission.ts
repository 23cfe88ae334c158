import { setTimeout as wait } from 'node:timers/promises'
import type { Admit, Applicant } from '../../calls/admission.ts'
import type { Contacts } from '../../naming/contacts.ts'
import { NodeError } from '../../node-error.ts'
import { type Access, accessOf } from '../../services/access.ts'
import { defaultContactsFile, loadContacts } from '../contacts-file.ts'
import { addPending, removePending } from './pending-file.ts'

/** The peers that may use the services of a node, by the user's contacts. */
export interface ContactsAdmission {
  /** `everyone`, `contacts`, `ask`, names of contacts and node ids. @default contacts */
  readonly allow?: readonly string[]
  /** @default the user's own file */
  readonly contactsFile?: string
  /** Reads the contacts in place of the file. @default the file is read for every caller */
  readonly contacts?: () => Promise<Contacts>
  /** Where other programs find the callers that wait. @default the user's own file */
  readonly pendingFile?: string
}

/** A person who accepts a caller in another program sees it let in within this. */
const LOOK_AGAIN_MS = 500

/**
 * Admission by the contacts file, which is read anew for every caller. The raw pipe is for everyone who is not blocked. With
 * `ask` an unknown caller waits until it becomes a contact or is blocked, by whichever program.
 */
export function contactsAdmission(sources: ContactsAdmission = {}): Admit {
  return async (applicant, signal) => {
    const access = await accessNow(applicant, sources)
    return access === 'ask' ? asked(applicant, sources, signal) : access === 'yes'
  }
}

async function asked(
  applicant: Applicant,
  sources: ContactsAdmission,
  signal: AbortSignal,
): Promise<boolean> {
  const { allow = [], pendingFile } = sources
  // Accepting makes the caller a contact.
  const afterwards = { ...sources, allow: [...allow, 'contacts'] }
  await addPending(applicant, pendingFile)
  try {
    for (;;) {
      await wait(LOOK_AGAIN_MS, undefined, { signal })
      const access = await accessNow(applicant, afterwards)
      if (access !== 'ask') return access === 'yes'
    }
  } catch (error) {
    if (signal.aborted) return false
    throw error
  } finally {
    await removePending(applicant, pendingFile)
  }
}

async function accessNow(applicant: Applicant, sources: ContactsAdmission): Promise<Access> {
  const { allow = ['contacts'], contactsFile, contacts = () => contactsIn(contactsFile) } = sources
  return accessOf(applicant, applicant.service === '' ? ['everyone'] : allow, await contacts())
}

/** A user without a home folder has no contacts. */
async function contactsIn(file: string | undefined): ReturnType<typeof loadContacts> {
  try {
    return await loadContacts(file ?? defaultContactsFile())
  } catch (error) {
    if (error instanceof NodeError && error.code === 'NODE_NO_HOME') return new Map()
    throw error
  }
}
