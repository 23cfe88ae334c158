import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatAddress } from '../signalling/address.ts'
import {
  addContact,
  type Contact,
  type Contacts,
  findContact,
  formatContacts,
  parseContacts,
  removeContact,
} from './contacts.ts'
import { createIdentity, verifyEd25519 } from '../nodejs/identity.ts'
import { NodeError } from '../node-error.ts'

const alice = createIdentity()
const bob = createIdentity()
const addressOf = (issuedAt: number) => formatAddress(alice, { issuedAt, candidates: [] })
const none: Contacts = new Map()
const add = (contacts: Contacts, name: string, target: string) =>
  addContact(contacts, { name, target }, verifyEd25519)
const parse = (value: unknown) => parseContacts(JSON.stringify(value), 'contacts.json', verifyEd25519)

test('adds, finds and removes, and leaves the list it was given alone', () => {
  const one = add(none, 'Bob', ` ${bob.id.toUpperCase()}\n`)
  const two = add(one, 'alice', addressOf(1))
  expect([...two]).toEqual([
    ['alice', { target: addressOf(1) }],
    ['bob', { target: bob.id }],
  ])
  expect(findContact(two, 'BOB')).toEqual({ name: 'bob', target: bob.id })
  expect(findContact(two, 'carol')).toBeUndefined()
  expect([...removeContact(two, 'Alice')]).toEqual([...one])
  expect([none.size, one.size]).toEqual([0, 1])
})

test('a name keeps its peer, whose address may change', () => {
  const contacts = add(none, 'alice', addressOf(1))
  expect(findContact(add(contacts, 'alice', addressOf(2)), 'alice')?.target).toBe(addressOf(2))
  expect(findContact(add(contacts, 'alice', alice.id), 'alice')?.target).toBe(alice.id)
  expect(() => add(contacts, 'Alice', bob.id)).toThrow(
    '"alice" names another peer: run `p2pd contact remove alice` first',
  )
})

test('a domain may be a contact', () => {
  expect(findContact(add(none, 'Example.ORG', bob.id), 'example.org.')?.target).toBe(bob.id)
})

test.each<[string, Contact, string]>([
  ['a reserved name', { name: 'self', target: bob.id }, '"self" can\'t be a contact\'s name'],
  ['an id for a name', { name: bob.id, target: alice.id }, "can't be a contact's name"],
  ['two words', { name: 'a b', target: bob.id }, '"a b" can\'t be a contact\'s name'],
  ['self for a target', { name: 'me', target: 'self' }, '"self" is neither'],
  ['a name for a target', { name: 'al', target: 'alice' }, '"alice" is neither'],
  ['a mistyped id', { name: 'bob', target: bob.id.slice(1) }, 'it has 55 characters instead of 56'],
  [
    'an altered address',
    { name: 'al', target: `${addressOf(1).slice(0, -9)}aaaaaaaaa` },
    'its signature does not',
  ],
])('%s is refused', (_, contact, why) => {
  expect(() => addContact(none, contact, verifyEd25519)).toThrow(why)
})

test('removing a name that is not there says so', () => {
  expect(() => removeContact(none, 'carol')).toThrow(
    expect.objectContaining({
      code: 'NODE_UNKNOWN_NAME',
      message: expect.stringContaining('"carol" is not among'),
    }),
  )
})

test('what is formatted is parsed again, sorted by name', () => {
  const contacts = add(add(add(none, 'constructor', bob.id), '7', alice.id), 'alice', addressOf(3))
  expect([...parseContacts(formatContacts(contacts), 'contacts.json', verifyEd25519)]).toEqual([
    ['7', { target: alice.id }],
    ['alice', { target: addressOf(3) }],
    ['constructor', { target: bob.id }],
  ])
})

test('a contact keeps the services it may use, and stays blocked, when its address changes', () => {
  const limited = addContact(
    none,
    { name: 'bob', target: bob.id, allow: ['web'], isBlocked: true },
    verifyEd25519,
  )
  const moved = add(limited, 'bob', bob.id)
  expect(findContact(moved, 'bob')).toEqual({ name: 'bob', target: bob.id, allow: ['web'], isBlocked: true })
  expect(parse(JSON.parse(formatContacts(moved)))).toEqual(moved)
  const entry = { target: bob.id, allow: ['web'], blocked: true }
  expect(JSON.parse(formatContacts(moved))).toEqual({ bob: entry })
  const wider = addContact(moved, { name: 'bob', target: bob.id, isBlocked: false }, verifyEd25519)
  expect(JSON.parse(formatContacts(wider))).toEqual({ bob: { target: bob.id, allow: ['web'] } })
})

test.each<[unknown, string]>([
  [[], 'contacts.json must hold an object such as {"alice": "<node id>"}'],
  [null, 'contacts.json must hold an object'],
  [{ alice: 7 }, 'contacts.json, line 1: "alice" must be a text'],
  [{ alice: { allow: [] } }, 'contacts.json, line 1: "alice" needs a "target"'],
  [
    { alice: { target: bob.id, allow: 'web' } },
    'contacts.json, line 1: "alice": "allow" must be a list of services',
  ],
  [{ alice: bob.id.slice(1) }, 'contacts.json, line 1: "alice": "'],
  [{ alice: 'bob', bob: bob.id }, 'contacts.json, line 1: "alice": a contact needs a node id or an address'],
  [{ alice: alice.id, Alice: bob.id }, 'contacts.json, line 1: "Alice" is there twice'],
  [{ 'a b': bob.id }, 'contacts.json, line 1: "a b": "a b" can\'t be a contact\'s name'],
])('the file %j is refused by name', (value, message) => {
  expect(() => parse(value)).toThrow(
    expect.objectContaining({ code: 'NODE_BAD_CONTACT', message: expect.stringContaining(message) }),
  )
})

test('says that a file is not JSON, or too long', () => {
  const parseText = (text: string) => parseContacts(text, 'contacts.json', verifyEd25519)
  expect(() => parseText('{')).toThrow('contacts.json, line 1: it is not JSON')
  expect(() => parseText('{"__proto__": ""}')).toThrow('contacts.json, line 1: "__proto__"')
  expect(() => parseText(' '.repeat(2 ** 20 + 1))).toThrow('contacts.json has more than 1048576 characters')
  const many = new Map(Array.from({ length: 16_000 }, (_, index) => [`c${index}`, { target: bob.id }]))
  expect(() => formatContacts(many)).toThrow('the contacts do not fit')
})

test('any text gives contacts or a NodeError', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .dictionary(fc.string(), fc.constantFrom(bob.id, 'x', addressOf(1)))
      .map((value) => JSON.stringify(value)),
    fc
      .dictionary(fc.stringMatching(/^[a-z.]{1,9}$/), fc.constant(bob.id))
      .map((value) => JSON.stringify(value)),
  )
  fc.assert(
    fc.property(texts, (text) => {
      try {
        const contacts = parseContacts(text, 'contacts.json', verifyEd25519)
        expect(parseContacts(formatContacts(contacts), 'again', verifyEd25519)).toEqual(contacts)
      } catch (error) {
        if (!(error instanceof NodeError)) throw error
      }
    }),
    { numRuns: 5000 },
  )
})
