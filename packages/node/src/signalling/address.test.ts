import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatAddress, parseAddress } from './address.ts'
import { encodeMap, toMap } from '../wire/cbor.ts'
import { encodeBase32 } from '../identity/base32.ts'
import { prioritized } from '../candidates/candidate.ts'
import { createIdentity, verifyEd25519 } from '../nodejs/identity.ts'
import { NodeError } from '../node-error.ts'

const identity = createIdentity()
const candidates = prioritized([
  { kind: 'host', ip: '192.168.1.5', port: 4000 },
  { kind: 'server-reflexive', ip: '2001:db8::1', port: 65_535 },
])
const address = formatAddress(identity, { issuedAt: 1_700_000_000, candidates })
const parse = (text: string) => parseAddress(text, verifyEd25519)

const REFUSED = /^(this is not a p2pd address|".*" is not a node id): /s

const refusal = (text: string): string => {
  try {
    parse(text)
  } catch (error) {
    if (!(error instanceof NodeError)) throw error
    return error.message
  }
  throw new Error(`"${text}" was taken for an address`)
}

/** An address whose signature is right and whose body is whatever is given. */
function signed(bytes: Uint8Array): string {
  const context = new TextEncoder().encode('p2pd address\0')
  const signature = identity.sign(Buffer.concat([context, identity.publicKey, bytes]))
  return `${identity.id}.${encodeBase32(Buffer.concat([bytes, signature]))}`
}

test('gives back what was signed', () => {
  expect(parse(address)).toEqual({ publicKey: identity.publicKey, issuedAt: 1_700_000_000, candidates })
  expect(parse(address.toUpperCase()).candidates).toEqual(candidates)
})

test('F2: refuses any altered character', () => {
  const body = address.indexOf('.') + 1
  for (let at = 0; at < address.length; at++) {
    if (at === body - 1) continue
    const other = address[at] === 'a' ? 'b' : 'a'
    expect(refusal(address.slice(0, at) + other + address.slice(at + 1))).toMatch(REFUSED)
  }
})

test('refuses every truncation', () => {
  for (let length = 0; length < address.length; length++) {
    expect(refusal(address.slice(0, length))).toMatch(REFUSED)
  }
})

const candidate = (ip: unknown, port: unknown, kind: unknown = 0, transport: unknown = 1) =>
  toMap([
    [1, kind],
    [2, transport],
    [3, ip],
    [4, port],
  ])
const withCandidates = (...list: unknown[]) => [[1, 0] as const, [2, list] as const]

test.each<[string, (readonly [number, unknown])[], string]>([
  ['another version', [[0, 2]], 'it is of version 2'],
  [
    'no date',
    [
      [1, 'today'],
      [2, []],
    ],
    'it has no date',
  ],
  [
    'no candidates',
    [
      [1, 0],
      [2, 0],
    ],
    'the candidates are not a list',
  ],
  ['a bad port', withCandidates(candidate('192.0.2.1', 70_000)), '70000 is not a port'],
  ['port zero', withCandidates(candidate('192.0.2.1', 0)), '0 is not a port'],
  [
    'a name instead of an address',
    withCandidates(candidate('example.org', 80)),
    '"example.org" is not an IP address',
  ],
  ['an address with a zone', withCandidates(candidate('fe80::1%eth0', 80)), 'is not an IP address'],
  ['a kind that is a text', withCandidates(candidate('192.0.2.1', 80, 'host')), 'kind of candidate host'],
  [
    'too many candidates',
    withCandidates(...Array(33).fill(candidate('192.0.2.1', 80))),
    '33 candidates are more than 32',
  ],
])('refuses a signed address with %s', (_, body, message) => {
  expect(refusal(signed(encodeMap(body)))).toContain(message)
})

test("refuses another node's signature", () => {
  const other = createIdentity()
  expect(refusal(`${other.id}${address.slice(address.indexOf('.'))}`)).toContain(
    'its signature does not match',
  )
})

test('F2: refuses random texts with its own error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (text) =>
      [`${identity.id}.${text}`, text].every((wrong) => REFUSED.test(refusal(wrong))),
    ),
    { numRuns: 10_000 },
  )
})
