import { expect, test } from '@jest/globals'
import { addLaterKeys, grow } from '../testdata/grown.ts'
import { encodeMap } from '../wire/cbor.ts'
import { decodeInstance, encodeInstance, SharedIdentityDetector } from './shared-identity.ts'

const own = new Uint8Array(32).fill(1)
const bytes = (value: number) => new Uint8Array(16).fill(value)

test('the announcement of an instance survives the wire; other messages are none', () => {
  const program = { host: 'laptop', pid: 4711 }
  for (const instance of [{ id: bytes(7) }, { id: bytes(7), program }])
    expect(decodeInstance(encodeInstance(instance))).toEqual(instance)
  expect(decodeInstance(encodeMap([[1, 0]]))).toBeUndefined()
  expect(decodeInstance(encodeMap([[1, 2]]))).toBeUndefined()
  expect(() => decodeInstance(Uint8Array.of(1))).toThrow(
    expect.objectContaining({ code: 'NODE_BAD_MESSAGE' }),
  )
})

test('G7: an announcement with keys of a later version counts', () => {
  expect(decodeInstance(grow(encodeInstance({ id: bytes(7) }), addLaterKeys))).toEqual({ id: bytes(7) })
})

test('a program that does not say properly where it runs counts without that', () => {
  const odd = [1, 'x', undefined].map((pid) =>
    encodeMap([
      [1, 2],
      [8, bytes(7)],
      [9, 1],
      [10, pid],
    ]),
  )
  for (const body of odd) expect(decodeInstance(body)).toEqual({ id: bytes(7) })
})

test('I1: fault 1: each other program of the identity is reported once and answered; strangers and the own echo are not', () => {
  let [shared, sent] = [0, 0]
  const detector = new SharedIdentityDetector({
    publicKey: own,
    runtime: { random: () => bytes(9) },
    send: async () => void sent++,
    onShared: () => void shared++,
  })
  detector.receive(own, { id: bytes(9) })
  detector.receive(new Uint8Array(32), { id: bytes(1) })
  expect([shared, sent]).toEqual([0, 0])
  for (const instance of [1, 1, 2]) detector.receive(own, { id: bytes(instance) })
  expect([shared, sent]).toEqual([2, 2])
})
