import type { Verify } from '../identity/identity.ts'
import { lineOfJsonFault, lineOfJsonKey } from './json-line.ts'
import { parseName } from './name.ts'
import { NodeError } from '../node-error.ts'
import { quote } from '../identity/quote.ts'
import { parseTarget } from './target.ts'

/** A peer that has a local name. */
export interface ContactEntry {
  /** A node id or an address. */
  readonly target: string
  /** The services that the peer may use here. @default all that contacts may use */
  readonly allow?: readonly string[]
  /** Refuses every call of the peer that a contact may make. @default false */
  readonly isBlocked?: boolean
}

/** One local name. */
export interface Contact extends ContactEntry {
  readonly name: string
}

/** Local names for peers. */
export type Contacts = ReadonlyMap<string, ContactEntry>

/** Some ten thousand ids: reading a contacts file costs no more, whatever is in it. */
const LONGEST_FILE = 2 ** 20

/**
 * Adds a contact. A name keeps its peer. Another address of that peer takes the old one's place. Another peer is
 * refused, so that a slip of the hand redirects nobody. The peer keeps its services, and stays blocked, unless the
 * contact says otherwise. Throws `NODE_BAD_CONTACT`, or as `parseTarget` does.
 */
export function addContact(contacts: Contacts, contact: Contact, verify: Verify): Contacts {
  const { name, ...entry } = checkContact(contact, verify)
  const known = contacts.get(name)
  if (known !== undefined && peerOf(known) !== peerOf(entry)) {
    throw bad(
      `${quote(name)} names another peer: run \`p2pd contact remove ${name}\` first, or choose another name`,
    )
  }
  return sorted([...contacts, [name, { ...known, ...entry }]])
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
  const entry = contacts.get(name)
  return entry === undefined ? undefined : { name, ...entry }
}

/** The node id of a contact; an address begins with it. */
export function peerOf({ target }: ContactEntry): string {
  return target.split('.', 1)[0] ?? ''
}

/**
 * Parses a contacts file, `{"alice": "<id or address>"}`; a wrong entry is named, with its line. A contact with limits is an object,
 * `{"target": "<id or address>", "allow": ["web"], "blocked": true}`. Throws `NODE_BAD_CONTACT`.
 */
export function parseContacts(text: string, source: string, verify: Verify): Contacts {
  const contacts = new Map<string, ContactEntry>()
  for (const [key, value] of Object.entries(parseObject(text, source))) {
    const where = `${source}, line ${lineOfJsonKey(text, key)}: ${quote(key)}`
    const { name, ...entry } = checkEntry({ name: key, ...parseEntry(value, where) }, where, verify)
    if (contacts.has(name)) throw bad(`${where} is there twice: upper and lower case are one`)
    contacts.set(name, entry)
  }
  return sorted(contacts)
}

/** Formats a contacts file. Throws `NODE_BAD_CONTACT` when the contacts do not fit. */
export function formatContacts(contacts: Contacts): string {
  const entries = [...contacts].map(([name, entry]) => [name, entryToFile(entry)] as const)
  const text = `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`
  if (text.length > LONGEST_FILE)
    throw bad(`the contacts do not fit into ${LONGEST_FILE} characters: remove some`)
  return text
}

/** As earlier versions wrote it, where there is nothing but the target. */
function entryToFile({ target, allow, isBlocked }: ContactEntry): string | object {
  if (allow === undefined && isBlocked !== true) return target
  return { target, ...(allow && { allow }), ...(isBlocked && { blocked: true }) }
}

function parseEntry(value: unknown, where: string): ContactEntry {
  if (typeof value === 'string') return { target: value }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw bad(`${where} must be a text, a node id or an address, or an object with a "target"`)
  }
  const { target, allow, blocked } = value as Record<string, unknown>
  if (typeof target !== 'string') throw bad(`${where} needs a "target": a node id or an address`)
  const isList = Array.isArray(allow) && allow.every((name) => typeof name === 'string')
  if (allow !== undefined && !isList) throw bad(`${where}: "allow" must be a list of services`)
  return { target, ...(isList && { allow: allow as string[] }), ...(blocked === true && { isBlocked: true }) }
}

function parseObject(text: string, source: string): object {
  if (text.length > LONGEST_FILE) throw bad(`${source} has more than ${LONGEST_FILE} characters`)
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, '')) // A byte order mark is not a part of the text.
  } catch (cause) {
    const line = lineOfJsonFault(text)
    throw bad(`${source}, line ${line}: it is not JSON: ${(cause as Error).message}`, cause)
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

/** The contact as it is kept. */
function checkContact(contact: Contact, verify: Verify): Contact {
  const name = parseName(contact.name)
  if (name === undefined) {
    throw bad(`${quote(contact.name)} can't be a contact's name: take up to 39 letters, digits, "-" and "_"`)
  }
  const parsed = parseTarget(contact.target, verify)
  if (parsed.type !== 'id' && parsed.type !== 'address') {
    throw bad(`a contact needs a node id or an address, and ${quote(contact.target)} is neither`)
  }
  // Base32 in upper case is the same.
  return { ...contact, name, target: contact.target.trim().toLowerCase() }
}

function sorted(entries: Iterable<[string, ContactEntry]>): Contacts {
  return new Map([...new Map(entries)].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function bad(message: string, cause?: unknown): NodeError {
  return new NodeError('NODE_BAD_CONTACT', message, { cause })
}
