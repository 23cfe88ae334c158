import { type Contacts, findContact, peerOf } from './contacts.ts'

/** Letters of a name that a contact may have. */
const UNFIT = /[^\p{L}\p{N}_-]+/gu
/** A name that a person types. */
const MAX_CHARACTERS = 30

/** A name for a peer that no other peer has among the contacts: the one that it gives itself, numbered when it is taken. */
export function freeContactName(
  contacts: Contacts,
  { id, name }: { readonly id: string; readonly name: string },
): string {
  const fit = name
    .split('.', 1)[0]
    ?.replace(UNFIT, '-')
    .replace(/^[-_]+/, '')
    .slice(0, MAX_CHARACTERS)
    .toLowerCase()
  const base = fit === undefined || fit === '' || fit === 'self' ? 'peer' : fit
  for (let number = 1; ; number++) {
    const tried = number === 1 ? base : `${base}-${number}`
    const known = findContact(contacts, tried)
    if (known === undefined || peerOf(known) === id) return tried
  }
}
