import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { PacketGuard } from './packet-guard.ts'

/** A packet with so many bytes after its length. MQTT 5.0 §2.1.4. */
function packet(length: number): number[] {
  const header = [0x30]
  let left = length
  do {
    header.push((left % 128) | (left > 127 ? 0x80 : 0))
    left = Math.floor(left / 128)
  } while (left > 0)
  return [...header, ...new Uint8Array(length).fill(0xff)]
}

test('follows packets however they are cut up', () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 10 })
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 50 }), (sizes, cut) => {
      const guard = new PacketGuard(300)
      const stream = sizes.flatMap(packet)
      for (let i = 0; i < stream.length; i += cut) {
        expect(guard.accept(Uint8Array.from(stream.slice(i, i + cut)))).toBe(true)
      }
      expect(guard.accept(Uint8Array.from(packet(301)))).toBe(false)
    }),
  )
})

test('refuses a length of five bytes', () => {
  expect(new PacketGuard(2 ** 40).accept(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80))).toBe(false)
  expect(new PacketGuard(2 ** 40).accept(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f))).toBe(true)
})
