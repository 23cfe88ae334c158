import type { Applicant } from '../calls/admission.ts'
import { type Contacts, findContact, peerOf } from '../naming/contacts.ts'

/** Answers of an access list. */
export type Access = 'yes' | 'no' | 'ask'

/**
 * The answer of an access list about a caller. A list holds `everyone`, `contacts`, `ask`, names of contacts and node
 * ids. A contact with services of its own gets those alone by the word `contacts`. A blocked contact gets nothing.
 */
export function accessOf({ peer, service }: Applicant, allow: readonly string[], contacts: Contacts): Access {
  const own = [...contacts.values()].filter((entry) => peerOf(entry) === peer)
  if (own.some(({ isBlocked }) => isBlocked)) return 'no'
  const isNamed = (word: string) => {
    const named = findContact(contacts, word)
    return word.toLowerCase() === peer || (named !== undefined && peerOf(named) === peer)
  }
  const hasService = own.some((entry) => entry.allow === undefined || entry.allow.includes(service))
  if (allow.includes('everyone') || (allow.includes('contacts') && hasService) || allow.some(isNamed))
    return 'yes'
  return allow.includes('ask') ? 'ask' : 'no'
}
