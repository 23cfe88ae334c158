import { expect, test } from '@jest/globals'
import { createPrivateKey } from 'node:crypto'
import { duplexPair } from 'node:stream'
import type { ByteStream } from '@p2pd/netif'
import { formatAddress, parseAddress } from './signalling/address.ts'
import { prioritized } from './candidates/candidate.ts'
import { decodeMessage, encodeMessage } from './signalling/message.ts'
import { Opener, Sealer } from './nodejs/datagram-cipher.ts'
import { type PrivateIdentity, parseIdentity, verifyEd25519 } from './nodejs/identity.ts'
import { formatNodeId } from './identity/node-id.ts'
import { FRAME_HEADER_LENGTH } from './handshake/frame.ts'
import {
  decodeNomination,
  decodeReply,
  encodeNomination,
  encodeReply,
  ReplyCode,
} from './handshake/nomination-frame.ts'
import { plainWhereBothWant } from './handshake/plain.ts'
import { encodePreamble } from './handshake/preamble.ts'
import { decodeRecord, encodeRecord } from './signalling/record.ts'
import { readExactly, readPrefix } from './handshake/read-prefix.ts'
import { situationOf } from './services/situation.ts'
import { bytesOf, hex, vector } from './testdata/protocol-page.ts'
import { sideDescription } from './testdata/side-description.ts'

/** The bytes before the 32 bytes of the key in a DER-encoded Ed25519 private key. RFC 8410 §7. */
const PKCS8_PREFIX = '302e020100300506032b657004220420'

const bodyOf = (what: string) => bytesOf(what).subarray(FRAME_HEADER_LENGTH)

function identityOf(what: string): PrivateIdentity {
  const der = Buffer.from(`${PKCS8_PREFIX}${vector(what)}`, 'hex')
  const pem = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
    format: 'pem',
    type: 'pkcs8',
  })
  return parseIdentity(pem as string, 'the vector')
}

const identity = identityOf('private key')
const peer = identityOf('private key of the peer')
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
  failedAttempts: 0,
  sides: [sideDescription],
}
const punchOffer = { ...offer, strategies: ['tcp-punch'] as const, punch }
const record = { candidates, sides: [sideDescription] }

test('the vectors of docs/protocol.md are what this implementation makes', () => {
  expect(hex(identity.publicKey)).toBe(vector('public key'))
  expect(formatNodeId(identity.publicKey)).toBe(vector('node id'))
  expect(formatNodeId(peer.publicKey)).toBe(vector('node id of the peer'))
  expect(formatAddress(identity, { issuedAt: 1_700_000_000, candidates })).toBe(vector('address'))
  expect(hex(encodeMessage(offer))).toBe(vector('offer'))
  expect(hex(encodeMessage(answer))).toBe(vector('answer'))
  expect(hex(encodeMessage(punchOffer))).toBe(vector('offer of a punch'))
  expect(hex(encodeRecord(record))).toBe(vector('record'))
  expect(hex(encodePreamble(connectionId, new Uint8Array(16).fill(255)))).toBe(vector('preamble'))
})

test('nominations and replies are those of docs/protocol.md', () => {
  const terms = {
    sessionId: new Uint8Array(16).fill(3),
    receivedOffset: 65_536,
    proof: new Uint8Array(32).fill(4),
    features: ['example'],
  }
  const nomination = { connectionId, service: 'files', ...terms }
  const reply = { code: ReplyCode.Accepted, ...terms }
  expect(hex(encodeNomination({ connectionId }))).toBe(vector('nomination'))
  expect(hex(encodeNomination(nomination))).toBe(vector('nomination for a session'))
  expect(hex(encodeReply({ code: ReplyCode.Accepted }))).toBe(vector('reply'))
  expect(hex(encodeReply(reply))).toBe(vector('reply for a session'))
  expect(hex(encodeReply({ code: ReplyCode.Unavailable }))).toBe(vector('refusal'))
  expect(decodeNomination(bodyOf('nomination'))).toEqual({ connectionId, service: '', features: [] })
  expect(decodeNomination(bodyOf('nomination for a session'))).toEqual(nomination)
  expect(decodeReply(bodyOf('reply for a session'))).toEqual(reply)
  expect(decodeReply(bodyOf('refusal'))).toEqual({ code: 1, features: [] })
})

test('the vectors of docs/protocol.md are understood', () => {
  const { publicKey } = identity
  expect(parseAddress(vector('address'), verifyEd25519)).toEqual({
    publicKey,
    issuedAt: 1_700_000_000,
    candidates,
  })
  expect(decodeMessage(bytesOf('offer'))).toEqual(offer)
  expect(decodeMessage(bytesOf('answer'))).toEqual(answer)
  expect(decodeMessage(bytesOf('offer of a punch'))).toEqual(punchOffer)
  expect(decodeRecord(bytesOf('record'))).toEqual(record)
})

test('the situation of a node is that of docs/protocol.md: its NATs as sides without endpoints', () => {
  const { family, protocol, side } = sideDescription
  const nats = [{ family, protocol, report: side.nat }]
  const situation = situationOf({ candidates: () => candidates, natReports: () => nats })
  expect(hex(encodeRecord(situation))).toBe(vector('situation'))
  expect(decodeRecord(bytesOf('situation'))).toEqual(situation)
})

test('the handshake without encryption is that of docs/protocol.md, on the caller’s side', async () => {
  const [near, far] = duplexPair()
  const secured = plainOf(identity, 1)(near, { role: 'client', peer: peer.publicKey })
  expect(await said(far, bytesOf('plain offer').length)).toBe(vector('plain offer'))
  far.write(bytesOf('plain answer'))
  expect(await said(far, bytesOf('plain proof').length)).toBe(vector('plain proof'))
  expect(await secured).toMatchObject({ peer: peer.publicKey, encrypted: false })
})

test('the handshake without encryption is that of docs/protocol.md, on the peer’s side', async () => {
  const [near, far] = duplexPair()
  const secured = plainOf(peer, 2)(near, { role: 'server' })
  far.write(bytesOf('plain offer'))
  expect(await said(far, bytesOf('plain answer').length)).toBe(vector('plain answer'))
  far.write(bytesOf('plain proof'))
  expect(await secured).toMatchObject({ peer: identity.publicKey, encrypted: false })
})

test.each([
  ['datagram zero', 0],
  ['datagram after a change of keys', 2 ** 24],
])('the %s of docs/protocol.md is what is sealed, and is opened', (what, number) => {
  const secret = Uint8Array.from({ length: 32 }, (_, index) => index)
  const hello = new TextEncoder().encode('hello')
  expect(hex(new Sealer(secret, number).seal(hello))).toBe(vector(what))
  expect(Buffer.from(new Opener(secret).open(bytesOf(what)) ?? [])).toEqual(Buffer.from(hello))
})

/** A node that wants its pipes plain, and whose random bytes are all the same. */
function plainOf(who: PrivateIdentity, byte: number) {
  const encrypted = () => Promise.reject(new Error('nobody asked for encryption'))
  const random = (length: number) => new Uint8Array(length).fill(byte)
  return plainWhereBothWant({ identity: who, verify: verifyEd25519, random, encrypted, isWanted: true })
}

async function said(stream: ByteStream, length: number): Promise<string> {
  const read = () => readExactly(stream, length)
  return hex(await readPrefix(stream, read, 'the stream ended', new AbortController().signal))
}
