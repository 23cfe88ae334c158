import { expect, test } from '@jest/globals'
import { EarlyPackets } from './early-packets.ts'

/** A udx packet for a stream: 20 bytes of header, then a serial number. */
function packet(id: number, number = 0): Buffer {
  const bytes = Buffer.alloc(21)
  bytes[0] = 0xff
  bytes[1] = 1
  bytes.writeUInt32LE(id, 4)
  bytes[20] = number
  return bytes
}

test('keeps the last udx packets, and gives those of one stream once', () => {
  const early = new EarlyPackets()
  early.keep(Buffer.from('a datagram of the user’s'))
  early.keep(packet(1).subarray(0, 19))
  early.keep(packet(2))
  for (let number = 0; number < 20; number++) early.keep(packet(0xffff_fffe, number))
  const taken = early.take(0xffff_fffe).map((bytes) => bytes[20])
  expect(taken).toEqual(Array.from({ length: 16 }, (_, i) => i + 4))
  expect(early.take(0xffff_fffe)).toEqual([])
})
