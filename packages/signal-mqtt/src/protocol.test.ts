import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { openEnvelope } from './envelope/envelope.ts'
import { identityFromSeed, nodeCrypto } from './nodejs/node-crypto.ts'
import { openRecord } from './envelope/record.ts'
import { textOf } from './testdata/peers.ts'
import { protocolVectors } from './testdata/protocol-vectors.ts'

interface Vectors {
  readonly recipientPrivateKey: string
  readonly recipientPublicKey: string
  readonly message: { readonly envelope: string[] }
  readonly record: { readonly sealed: string[] }
}

const page = readFileSync(new URL('../PROTOCOL.md', import.meta.url), 'utf8')
const printed = JSON.parse(/```json\n(.*?)```/s.exec(page)?.[1] ?? 'null') as Vectors
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

test('PROTOCOL.md prints what is computed', () => {
  expect(printed).toEqual(protocolVectors())
})

test('what PROTOCOL.md prints can be opened', () => {
  const recipient = identityFromSeed(bytes(printed.recipientPrivateKey))
  const envelope = bytes(printed.message.envelope.join(''))
  expect(textOf(openEnvelope(nodeCrypto, recipient, envelope).body)).toBe('hello')
  const record = openRecord(nodeCrypto, recipient.publicKey, bytes(printed.record.sealed.join('')))
  expect(textOf(record.body)).toBe('hello')
})
