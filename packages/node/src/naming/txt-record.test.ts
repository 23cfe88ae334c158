import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CHARACTERS, characterAt } from '@p2pd/netif/testing'
import { createIdentity } from '../nodejs/identity.ts'
import { NodeError } from '../node-error.ts'
import { parseTxtRecords, recordNameOf } from './txt-record.ts'

const character = fc.nat(CHARACTERS - 1).map(characterAt)

const { id } = createIdentity()
const other = createIdentity().id
const name = recordNameOf('example.org')
const parse = (...records: (readonly string[])[]) => parseTxtRecords(records, name)

test('a domain has its record at an underscored name', () => {
  expect(name).toBe('_p2pd.example.org')
})

test.each<[string, (readonly string[])[]]>([
  ['alone', [[`id=${id}`]]],
  ['split into strings, as longer ones are', [[`id=${id.slice(0, 9)}`, id.slice(9, 20), '', id.slice(20)]]],
  ['with spaces and in upper case', [[` ID = ${id.toUpperCase()} `]]],
  ['between the records of others', [['v=spf1 -all'], [`id=${id}`], ['site-verification=id=7'], [''], []]],
  ['twice', [[`id=${id}`], [`id=${id.toUpperCase()}`]]],
])('the id is found: %s', (_, records) => {
  expect(parse(...records)).toBe(id)
})

test('a domain without a p2pd record gives undefined, not an error', () => {
  expect(parse()).toBeUndefined()
  expect(parse(['v=spf1 -all'], ['idea=1'], [id])).toBeUndefined()
})

test.each<[string, (readonly string[])[], string]>([
  ['two ids', [[`id=${id}`], [`id=${other}`]], 'holds 2 different node ids'],
  [
    'a wrong character',
    [[`id=${id.startsWith('a') ? 'b' : 'a'}${id.slice(1)}`]],
    'its checksum does not match',
  ],
  ['a wrong id beside a right one', [[`id=${id}`], ['id=']], 'it has 0 characters instead of 56'],
  ['an address', [[`id=${id}.abc`]], 'it has 60 characters instead of 56'],
  ['what a terminal would obey', [['id=\u001b[2J']], '"\\u001b[2J" is not a node id'],
])('%s: refused, and the record named', (_, records, why) => {
  expect(() => parse(...records)).toThrow(
    expect.objectContaining({ code: 'NODE_BAD_RECORD', message: expect.stringContaining(why) }),
  )
  expect(() => parse(...records)).toThrow('the TXT record of "_p2pd.example.org"')
})

test('any records give an id, nothing, or a NodeError', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: character, maxLength: 255 }),
    fc.string().map((value) => `id=${value}`),
    fc.constantFrom(`id=${id}`, 'id=', id),
  )
  fc.assert(
    fc.property(fc.array(fc.array(text, { maxLength: 4 }), { maxLength: 6 }), (records) => {
      try {
        return [undefined, id].includes(parse(...records))
      } catch (error) {
        if (!(error instanceof NodeError) || error.code !== 'NODE_BAD_RECORD') throw error
        return !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(error.message)
      }
    }),
    { numRuns: 3000 },
  )
})
