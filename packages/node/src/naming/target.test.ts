import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CHARACTERS, characterAt } from '@p2pd/netif/testing'
import { formatAddress } from '../signalling/address.ts'
import { createIdentity, verifyEd25519 } from '../nodejs/identity.ts'
import { NodeError } from '../node-error.ts'
import { parseTarget } from './target.ts'

const character = fc.nat(CHARACTERS - 1).map(characterAt)

const identity = createIdentity()
const address = formatAddress(identity, { issuedAt: 1, candidates: [] })
const parse = (text: string) => parseTarget(text, verifyEd25519)

test('tells self, id, address and name apart', () => {
  expect(parse('self')).toEqual({ type: 'self' })
  expect(parse(`${identity.id}\n`)).toEqual({ type: 'id', publicKey: identity.publicKey })
  expect(parse(address).type).toBe('address')
  expect(parse('Alice')).toEqual({ type: 'name', name: 'alice' })
  expect(parse('node.example.org.')).toEqual({ type: 'name', name: 'node.example.org' })
})

test('a mistyped id or address is reported as one, and is not a name', () => {
  expect(() => parse(identity.id.slice(1))).toThrow('it has 55 characters instead of 56')
  expect(() => parse(identity.id.slice(16))).toThrow('it has 40 characters instead of 56')
  expect(() => parse(`${identity.id}.org`)).toThrow('this is not a p2pd address')
  expect(() => parse(address.slice(30))).toThrow('is neither "self" nor a node id')
})

test.each(['', '192.0.2.1', '::1', 'alice@example.org', 'http://example.org', '-h'])(
  '%j is not a target',
  (text) => {
    expect(() => parse(text)).toThrow(
      `"${text}" is neither "self" nor a node id (56 characters), a p2pd address, a contact or a domain`,
    )
  },
)

test('any text gives a target or a NodeError', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: character }),
    fc.domain(),
    fc.string({ minLength: 40, maxLength: 300 }),
    fc.nat(address.length).map((length) => address.slice(length)),
  )
  fc.assert(
    fc.property(texts, (text) => {
      try {
        return ['self', 'id', 'address', 'name'].includes(parse(text).type)
      } catch (error) {
        return error instanceof NodeError
      }
    }),
    { numRuns: 10_000 },
  )
})
