import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { NodeError } from '../node-error.ts'
import { formatNodeId, parseNodeId } from './node-id.ts'

const publicKeys = fc.uint8Array({ minLength: 32, maxLength: 32 })
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

const refusal = (text: string): NodeError => {
  try {
    parseNodeId(text)
  } catch (error) {
    return error as NodeError
  }
  throw new Error(`"${text}" was taken for a node id`)
}

test('has 56 characters and gives the key back, in capitals too', () => {
  fc.assert(
    fc.property(publicKeys, (key) => {
      const id = formatNodeId(key)
      expect(id).toMatch(/^[a-z2-7]{56}$/)
      expect(parseNodeId(id)).toEqual(key)
      expect(parseNodeId(id.toUpperCase())).toEqual(key)
    }),
  )
})

test('sees every wrong character', () => {
  const id = formatNodeId(new Uint8Array(32).fill(7))
  const codes = new Set<string>()
  for (let at = 0; at < id.length; at++) {
    for (const character of ALPHABET) {
      if (character !== id[at]) codes.add(refusal(id.slice(0, at) + character + id.slice(at + 1)).code)
    }
  }
  expect([...codes]).toEqual(['NODE_BAD_ID'])
})

test('sees two neighbours that changed bases', () => {
  fc.assert(
    fc.property(publicKeys, fc.nat(54), (key, at) => {
      const id = formatNodeId(key)
      const [first = '', second = ''] = id.slice(at, at + 2)
      fc.pre(first !== second)
      expect(refusal(id.slice(0, at) + second + first + id.slice(at + 2)).code).toBe('NODE_BAD_ID')
    }),
  )
})

test('says which mistake it is', () => {
  const id = formatNodeId(new Uint8Array(32))
  expect(refusal(id.slice(1)).message).toContain('it has 55 characters instead of 56')
  expect(refusal(`1${id.slice(1)}`).message).toContain('"1" is not one of a-z and 2-7')
  expect(refusal(`b${id.slice(1)}`).message).toContain('its checksum does not match')
})

test('refuses random texts with its own error', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), (text) => refusal(text) instanceof NodeError),
    { numRuns: 10_000 },
  )
})
