import { expect, test } from '@jest/globals'
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { formatAddress, parseAddress } from './address.ts'
import { prioritized } from './candidate.ts'
import { decodeMessage, encodeMessage } from './message.ts'
import { parseIdentity, verifyEd25519 } from './node/identity.ts'
import { formatNodeId } from './node-id.ts'
import { encodePreamble } from './preamble.ts'
import { decodeRecord, encodeRecord } from './record.ts'
import { toldSide } from './testdata/told-side.ts'

/** What comes before the 32 bytes in a DER-encoded Ed25519 private key. RFC 8410 §7. */
const PKCS8_PREFIX = '302e020100300506032b657004220420'

const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8')
const vectors = new Map(
  [...page.matchAll(/^\| ([a-z ]+) \| `([^`]+)` \|$/gm)].map(([, what = '', value = '']) => [what, value]),
)
const vector = (what: string) => vectors.get(what) ?? `docs/protocol.md has no vector "${what}"`
const bytes = (what: string) => new Uint8Array(Buffer.from(vector(what), 'hex'))
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex')

const der = Buffer.from(`${PKCS8_PREFIX}${vector('private key')}`, 'hex')
const pem = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
  format: 'pem',
  type: 'pkcs8',
})
const identity = parseIdentity(pem as string, 'the vector')
const candidates = prioritized([
  { kind: 'host', ip: '192.0.2.1', port: 4000 },
  { kind: 'server-reflexive', ip: '2001:db8::1', port: 4001 },
])
const connectionId = Uint8Array.from({ length: 16 }, (_, index) => index)
const sent = 1_700_000_000_000
const common = { connectionId, candidates }
const offer = { ...common, type: 'offer', strategies: ['direct', 'reverse'], times: [sent] } as const
const answer = { ...common, type: 'answer', strategies: [], times: [sent + 50, sent + 51] } as const
const punch = {
  token: Uint8Array.from({ length: 16 }, (_, index) => 255 - index),
  attempt: 0,
  sides: [toldSide],
}
const punchOffer = { ...offer, strategies: ['tcp-punch'] as const, punch }
const record = { candidates, sides: [toldSide] }

test('the vectors of docs/protocol.md are what this implementation makes', () => {
  expect(hex(identity.publicKey)).toBe(vector('public key'))
  expect(formatNodeId(identity.publicKey)).toBe(vector('node id'))
  expect(formatAddress(identity, { issuedAt: 1_700_000_000, candidates })).toBe(vector('address'))
  expect(hex(encodeMessage(offer))).toBe(vector('offer'))
  expect(hex(encodeMessage(answer))).toBe(vector('answer'))
  expect(hex(encodeMessage(punchOffer))).toBe(vector('offer of a punch'))
  expect(hex(encodeRecord(record))).toBe(vector('record'))
  expect(hex(encodePreamble(connectionId))).toBe(vector('preamble'))
})

test('the vectors of docs/protocol.md are understood', () => {
  const { publicKey } = identity
  expect(parseAddress(vector('address'), verifyEd25519)).toEqual({
    publicKey,
    issuedAt: 1_700_000_000,
    candidates,
  })
  expect(decodeMessage(bytes('offer'))).toEqual(offer)
  expect(decodeMessage(bytes('answer'))).toEqual(answer)
  expect(decodeMessage(bytes('offer of a punch'))).toEqual(punchOffer)
  expect(decodeRecord(bytes('record'))).toEqual(record)
})
