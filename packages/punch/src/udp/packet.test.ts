import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CHALLENGE_LENGTH, decodePacket, encodePacket } from './packet.ts'

const token = Uint8Array.from({ length: 16 }, (_, i) => i)
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const packets = fc.record(
  {
    from: fc.constantFrom('controlling', 'controlled'),
    challenge: bytes(CHALLENGE_LENGTH),
    echo: bytes(CHALLENGE_LENGTH),
    nominates: fc.boolean(),
  },
  { requiredKeys: ['from', 'challenge', 'nominates'] },
)

test('decode reverses encode', () => {
  fc.assert(
    fc.property(packets, (packet) => {
      const encoded = encodePacket(token, packet as never)
      expect(encoded).toHaveLength(33)
      expect(decodePacket(token, encoded)).toEqual(packet)
    }),
  )
})

test('any other bytes are not a packet of the punch', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (data) => {
      expect(decodePacket(token, data)).toBeUndefined()
    }),
    { numRuns: 10_000 },
  )
})

test('another token is another punch', () => {
  const packet = { from: 'controlled', challenge: new Uint8Array(8), nominates: false } as const
  expect(decodePacket(new Uint8Array(16), encodePacket(token, packet))).toBeUndefined()
})
