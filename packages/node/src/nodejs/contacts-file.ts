import { systemReason } from '@p2pd/netif'
import { join } from 'node:path'
import { type Contacts, formatContacts, parseContacts } from '../naming/contacts.ts'
import { NodeError } from '../node-error.ts'
import { readText } from './files/read-text.ts'
import { verifyEd25519 } from './identity.ts'
import { configDirectory } from './identity-file.ts'
import { replaceFile } from './replace-file.ts'

/** Where a user's contacts are: one list, whichever identity is in use. Throws `NODE_NO_HOME`. */
export function defaultContactsFile(env: NodeJS.ProcessEnv = process.env): string {
  return join(configDirectory(env), 'contacts.json')
}

/**
 * Reads and checks a contacts file; without a file there are no contacts. Rejects with `NODE_BAD_CONTACT`, or with
 * `NODE_NO_HOME` where `file` is not given.
 */
export async function loadContacts(file: string = defaultContactsFile()): Promise<Contacts> {
  let text: string
  try {
    text = await readText(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map()
    throw cannotUse(file, error as Error)
  }
  return parseContacts(text, file, verifyEd25519)
}

/**
 * Changes a contacts file, and returns what it holds now; of many who change it at once each one's change is kept. Rejects
 * as `loadContacts` does, or with the error of `change`.
 */
export async function updateContacts(
  change: (contacts: Contacts) => Contacts,
  file: string = defaultContactsFile(),
): Promise<Contacts> {
  let changed: Contacts = new Map()
  try {
    await replaceFile(file, async () => {
      changed = change(await loadContacts(file))
      return formatContacts(changed)
    })
    return changed
  } catch (error) {
    throw error instanceof NodeError ? error : cannotUse(file, error as Error)
  }
}

function cannotUse(file: string, cause: Error): NodeError {
  return new NodeError(
    'NODE_BAD_CONTACT',
    `the contacts file ${file} can't be used: ${systemReason(cause)}`,
    {
      cause,
    },
  )
}
