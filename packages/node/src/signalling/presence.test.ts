import { expect, test } from '@jest/globals'
import { encodeMap } from '../wire/cbor.ts'
import { decodePresence, encodePresence, Presence } from './presence.ts'

const own = new Uint8Array(32).fill(1)
const bytes = (value: number) => new Uint8Array(16).fill(value)

test('a presence survives the wire; other messages are none', () => {
  expect(decodePresence(encodePresence(bytes(7)))).toEqual(bytes(7))
  expect(decodePresence(encodeMap([[1, 0]]))).toBeUndefined()
  expect(decodePresence(encodeMap([[1, 2]]))).toBeUndefined()
  expect(() => decodePresence(Uint8Array.of(1))).toThrow(
    expect.objectContaining({ code: 'NODE_BAD_MESSAGE' }),
  )
})

test('I1: each other program of the identity is reported once and answered; strangers and the own echo are not', () => {
  let [shared, sent] = [0, 0]
  const presence = new Presence({
    publicKey: own,
    runtime: { random: () => bytes(9) },
    send: async () => void sent++,
    onShared: () => void shared++,
  })
  presence.receive(own, bytes(9))
  presence.receive(new Uint8Array(32), bytes(1))
  expect([shared, sent]).toEqual([0, 0])
  for (const instance of [1, 1, 2]) presence.receive(own, bytes(instance))
  expect([shared, sent]).toEqual([2, 2])
})
