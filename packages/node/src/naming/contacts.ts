import type { Verify } from '../identity/identity.ts'
import { parseName } from './name.ts'
import { NodeError } from '../node-error.ts'
import { quote } from '../identity/quote.ts'
import { parseTarget } from './target.ts'

/** Local names for peers: by name, the node id or address of each. */
export type Contacts = ReadonlyMap<string, string>

/** One local name. */
export interface Contact {
  readonly name: string
  /** A node id or an address. */
  readonly target: string
}

/** Some ten thousand ids: reading a contacts file costs no more, whatever is in it. */
const LONGEST_FILE = 2 ** 20

/**
 * Adds a contact. A name keeps its peer: another address of that peer takes the old one's place, another peer is
 * refused, so that a slip of the hand redirects nobody.
 */
export function addContact(contacts: Contacts, contact: Contact, verify: Verify): Contacts {
  const { name, target, peer } = checkContact(contact, verify)
  const known = contacts.get(name)
  if (known !== undefined && checkContact({ name, target: known }, verify).peer !== peer) {
    throw bad(
      `${quote(name)} names another peer: run \`p2pd contact remove ${name}\` first, or choose another name`,
    )
  }
  return sorted([...contacts, [name, target]])
}

/** Removes a contact; `NODE_UNKNOWN_NAME` when there is none of that name. */
export function removeContact(contacts: Contacts, name: string): Contacts {
  const contact = findContact(contacts, name)
  if (contact === undefined) {
    throw new NodeError(
      'NODE_UNKNOWN_NAME',
      `${quote(name)} is not among your contacts: see \`p2pd contact list\``,
    )
  }
  return sorted([...contacts].filter(([known]) => known !== contact.name))
}

/** The contact of that name, if there is one. */
export function findContact(contacts: Contacts, text: string): Contact | undefined {
  const name = parseName(text) ?? ''
  const target = contacts.get(name)
  return target === undefined ? undefined : { name, target }
}

/** Parses a contacts file, `{"alice": "<id or address>"}`; a wrong entry is named. */
export function parseContacts(text: string, source: string, verify: Verify): Contacts {
  const contacts = new Map<string, string>()
  for (const [key, value] of Object.entries(parseObject(text, source))) {
    const where = `${source}: ${quote(key)}`
    if (typeof value !== 'string') throw bad(`${where} must be a text: a node id or an address`)
    const { name, target } = checkEntry({ name: key, target: value }, where, verify)
    if (contacts.has(name)) throw bad(`${where} is there twice: upper and lower case are one`)
    contacts.set(name, target)
  }
  return sorted(contacts)
}

/** Formats a contacts file. */
export function formatContacts(contacts: Contacts): string {
  const text = `${JSON.stringify(Object.fromEntries(contacts), undefined, 2)}\n`
  if (text.length > LONGEST_FILE)
    throw bad(`the contacts do not fit into ${LONGEST_FILE} characters: remove some`)
  return text
}

function parseObject(text: string, source: string): object {
  if (text.length > LONGEST_FILE) throw bad(`${source} has more than ${LONGEST_FILE} characters`)
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, '')) // A byte order mark is not a part of the text.
  } catch (cause) {
    throw bad(`${source} is not JSON: ${(cause as Error).message}`, cause)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw bad(`${source} must hold an object such as {"alice": "<node id>"}`)
}

function checkEntry(contact: Contact, where: string, verify: Verify): Contact {
  try {
    return checkContact(contact, verify)
  } catch (cause) {
    throw bad(`${where}: ${(cause as Error).message}`, cause)
  }
}

/** The contact as it is kept, and whose key it names. */
function checkContact(contact: Contact, verify: Verify): Contact & { readonly peer: string } {
  const name = parseName(contact.name)
  if (name === undefined) {
    throw bad(`${quote(contact.name)} can't be a contact's name: take up to 39 letters, digits, "-" and "_"`)
  }
  const parsed = parseTarget(contact.target, verify)
  if (parsed.type !== 'id' && parsed.type !== 'address') {
    throw bad(`a contact needs a node id or an address, and ${quote(contact.target)} is neither`)
  }
  // Base32 in upper case is the same; a node id is what comes before an address's dot.
  const target = contact.target.trim().toLowerCase()
  return { name, target, peer: target.split('.', 1)[0] ?? '' }
}

function sorted(entries: Iterable<[string, string]>): Contacts {
  return new Map([...new Map(entries)].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function bad(message: string, cause?: unknown): NodeError {
  return new NodeError('NODE_BAD_CONTACT', message, { cause })
}
