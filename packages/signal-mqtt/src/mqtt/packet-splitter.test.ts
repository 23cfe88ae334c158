import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { joinBytes } from '@p2pd/netif'
import { PacketSplitter } from './packet-splitter.ts'

/** A packet with so many bytes after its length. MQTT 5.0 §2.1.4. */
function packet(length: number, first = 0x30): Uint8Array {
  const header = [first]
  let left = length
  do {
    header.push((left % 128) | (left > 127 ? 0x80 : 0))
    left = Math.floor(left / 128)
  } while (left > 0)
  return Uint8Array.of(...header, ...new Uint8Array(length).fill(0xff))
}

const packets = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 255 })), { maxLength: 10 })
  .map((all) => all.map(([length, first]) => packet(length, first)))

test('gives the packets back, wherever the stream is cut in two', () => {
  const all = [packet(0), packet(2, 0x90), packet(127), packet(128, 0x40), packet(300), packet(1)]
  const stream = joinBytes(...all)
  for (let cut = 0; cut <= stream.length; cut++) {
    const splitter = new PacketSplitter(303)
    const parts = [stream.subarray(0, cut), stream.subarray(cut)]
    expect(parts.flatMap((part) => splitter.push(part) ?? [])).toEqual(all)
  }
})

test('gives the packets back, however the stream is cut up', () => {
  fc.assert(
    fc.property(packets, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (all, cuts) => {
      const splitter = new PacketSplitter(303)
      const stream = joinBytes(...all)
      const got: Uint8Array[] = []
      for (let at = 0, i = 0; at < stream.length; i++) {
        const length = cuts[i % cuts.length] ?? 1
        got.push(...(splitter.push(stream.subarray(at, at + length)) ?? []))
        at += length
      }
      expect(got).toEqual(all)
    }),
  )
})

test('refuses a packet that is too large when its length has come', () => {
  const splitter = new PacketSplitter(303)
  expect(splitter.push(packet(300))?.length).toBe(1)
  expect(splitter.push(packet(301).subarray(0, 2))).toEqual([])
  expect(splitter.push(packet(301).subarray(2, 3))).toBeUndefined()
})

test('refuses a length of five bytes', () => {
  expect(new PacketSplitter(2 ** 40).push(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80))).toBeUndefined()
  expect(new PacketSplitter(2 ** 40).push(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f))).toEqual([])
})

test('any bytes, in any pieces: packets that are a prefix of the stream, or an end', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), (chunks) => {
      const splitter = new PacketSplitter(64)
      const got: Uint8Array[] = []
      for (const chunk of chunks) {
        const some = splitter.push(chunk)
        if (!some) break
        got.push(...some)
      }
      const passed = joinBytes(...got)
      expect(passed).toEqual(joinBytes(...chunks).subarray(0, passed.length))
      for (const each of got) expect(each.length).toBeLessThanOrEqual(64)
    }),
    { numRuns: 1000 },
  )
})
