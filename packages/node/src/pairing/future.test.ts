import { expect, test } from '@jest/globals'
import { createIdentity } from '../nodejs/identity.ts'
import { addLaterKeys, grow } from '../testdata/grown.ts'
import { decodeIntroduction, encodeIntroduction } from './introduction.ts'
import { decodePairingMessage, encodePairingMessage, type PairingMessage } from './pairing-message.ts'

const attempt = new Uint8Array(16).fill(1)
const share = new Uint8Array(32).fill(2)
const proof = new Uint8Array(32).fill(3)
const sealed = new Uint8Array(100).fill(4)

const messages: readonly PairingMessage[] = [
  { type: 'claim', holder: attempt },
  { type: 'hello', attempt, share },
  { type: 'share', attempt, share },
  { type: 'proof', attempt, proof, sealed },
  { type: 'welcome', attempt, proof, sealed },
  { type: 'wrong', attempt, left: 2 },
  { type: 'over', attempt },
  { type: 'over', attempt, why: 'used' },
  { type: 'ended', holder: attempt, why: 'expired' },
]

test.each(messages)(
  'G7: a pairing message of a later version: keys that are not known are skipped, $type',
  (message) => {
    expect(decodePairingMessage(grow(encodePairingMessage(message), addLaterKeys))).toEqual(message)
  },
)

test('G7: a pairing message of a type that is not known is none, whatever its other keys are', () => {
  const later = grow(encodePairingMessage({ type: 'over', attempt }), (map) =>
    map.set(1, 99).set(2, 'another form'),
  )
  expect(decodePairingMessage(later)).toBeUndefined()
})

test('G7: an end of a code that is not known is an end all the same', () => {
  const later = grow(encodePairingMessage({ type: 'over', attempt, why: 'used' }), (map) => map.set(7, 99))
  expect(decodePairingMessage(later)).toEqual({ type: 'over', attempt })
})

test('G7: an introduction of a later version: keys that are not known are skipped', () => {
  const introduction = { id: createIdentity().id, name: 'alice', purpose: 'files' }
  expect(decodeIntroduction(grow(encodeIntroduction(introduction), addLaterKeys))).toEqual(introduction)
})
