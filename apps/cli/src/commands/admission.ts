import { findContact, parseTarget } from '@p2pd/node'
import {
  contactsAdmission,
  defaultContactsFile,
  defaultPendingFile,
  loadContacts,
  type StartOptions,
  verifyEd25519,
} from '@p2pd/node/node'
import { CliError } from '../cli-error.ts'
import type { Context } from '../context.ts'

/** Words of an access list that name no single peer. */
const GROUPS: readonly string[] = ['everyone', 'contacts', 'ask']

/**
 * Admission by an access list and the user's contacts. The list may grow while the node runs.
 *
 * @throws CliError `CLI_ALLOW` for a word that lets nobody in: a name that is mistyped would wait for ever.
 */
export async function admissionBy(
  { env }: Context,
  allow: readonly string[],
): Promise<NonNullable<StartOptions['admit']>> {
  const [contactsFile, pendingFile] = [defaultContactsFile(env), defaultPendingFile(env)]
  const names = allow.filter((word) => !GROUPS.includes(word))
  if (names.length > 0) {
    const contacts = await loadContacts(contactsFile)
    const unknown = names.find((name) => !isNodeId(name) && findContact(contacts, name) === undefined)
    if (unknown !== undefined)
      throw new CliError('CLI_ALLOW', `--allow ${unknown}: this is neither a contact nor a node id`)
  }
  return contactsAdmission({ allow, contactsFile, pendingFile })
}

function isNodeId(text: string): boolean {
  try {
    return parseTarget(text, verifyEd25519).type === 'id'
  } catch {
    return false // The error below says it for all words alike.
  }
}
