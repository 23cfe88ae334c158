import { expect, test } from '@jest/globals'
import { formatAddress } from './address.ts'
import { createIdentity, verifyEd25519 } from './node/identity.ts'
import { parseTarget } from './target.ts'

const identity = createIdentity()
const parse = (text: string) => parseTarget(text, verifyEd25519)

test('tells self, id and address apart', () => {
  expect(parse('self')).toEqual({ type: 'self' })
  expect(parse(`${identity.id}\n`)).toEqual({ type: 'id', publicKey: identity.publicKey })
  expect(parse(formatAddress(identity, { issuedAt: 1, candidates: [] })).type).toBe('address')
})

test('a mistyped id is told as one, a word as no target', () => {
  expect(() => parse(identity.id.slice(1))).toThrow('it has 55 characters instead of 56')
  expect(() => parse('alice')).toThrow('"alice" is neither "self" nor a node id')
})
