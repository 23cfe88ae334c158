import { expect, test } from '@jest/globals'
import {
  decodeAddressErrorCode,
  decodeAddressFamily,
  decodeChannelData,
  decodeChannelNumber,
  decodeEvenPort,
  decodeLifetime,
  decodePasswordAlgorithms,
  decodeRequestedTransport,
  encodeAddressErrorCode,
  encodeAddressFamily,
  encodeChannelData,
  encodeChannelNumber,
  encodeEvenPort,
  encodeLifetime,
  encodePasswordAlgorithms,
  encodeRequestedTransport,
  NONCE_WITH_ALGORITHMS,
  nonceOffersAlgorithms,
  TurnError,
  TurnFramer,
} from '@p2pd/turn'
import { encodeMessage } from '@p2pd/stun'
import fc from 'fast-check'

test('values survive a round trip', () => {
  expect(decodeLifetime(encodeLifetime(4_000_000_000))).toBe(4_000_000_000)
  expect(decodeChannelNumber(encodeChannelNumber(0x4fff))).toBe(0x4fff)
  expect(decodeRequestedTransport(encodeRequestedTransport(17))).toBe(17)
  expect(decodeAddressFamily(encodeAddressFamily('IPv6'))).toBe('IPv6')
  expect(decodeAddressFamily(Uint8Array.of(9, 0, 0, 0))).toBeUndefined()
  expect([decodeEvenPort(encodeEvenPort(true)), decodeEvenPort(encodeEvenPort(false))]).toEqual([true, false])
  expect(decodeAddressErrorCode(encodeAddressErrorCode('IPv6', 440, 'none'))).toEqual({
    family: 'IPv6',
    code: 440,
    reason: 'none',
  })
  expect(decodePasswordAlgorithms(encodePasswordAlgorithms('MD5', 'SHA-256'))).toEqual(['MD5', 'SHA-256'])
  expect([nonceOffersAlgorithms(NONCE_WITH_ALGORITHMS), nonceOffersAlgorithms('obMatJos2AAAA')]).toEqual([
    true,
    false,
  ])
})

test('frames: padded with zeros on streams, the length field without the padding', () => {
  const data = Uint8Array.of(1, 2, 3, 4, 5)
  const frame = encodeChannelData({ channel: 0x4001, data }, true)
  expect([...frame]).toEqual([0x40, 0x01, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0])
  expect(decodeChannelData(frame)).toEqual({ channel: 0x4001, data })
  expect(encodeChannelData({ channel: 0x4001, data }, false)).toHaveLength(9)
})

test('a stream is cut into its frames, wherever the chunks end', () => {
  const message = encodeMessage({
    class: 1,
    method: 7,
    transactionId: new Uint8Array(12),
    attributes: [{ type: 0x13, value: Uint8Array.of(1, 2, 3) }],
  })
  const frames = [0, 1, 4, 1200].map((length) =>
    encodeChannelData({ channel: 0x4000, data: new Uint8Array(length).fill(7) }, true),
  )
  const all = Buffer.concat([message, ...frames, message])
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: all.length }), { maxLength: 20 }), (cuts) => {
      const framer = new TurnFramer()
      const ends = [...cuts.sort((a, b) => a - b), all.length]
      const got = ends.flatMap((end, i) =>
        framer.decode(all.subarray(ends[i - 1] ?? 0, end)).map((one) => [...one]),
      )
      expect(got).toEqual([message, ...frames, message].map((one) => [...one]))
    }),
  )
})

test('any bytes are a value or this package’s error', () => {
  const decoders = [
    decodeLifetime,
    decodeChannelNumber,
    decodeRequestedTransport,
    decodeAddressFamily,
    decodeAddressErrorCode,
    decodeEvenPort,
    decodePasswordAlgorithms,
    decodeChannelData,
    (bytes: Uint8Array) => new TurnFramer(2048).decode(bytes),
  ]
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      for (const decode of decoders) {
        try {
          decode(bytes)
        } catch (error) {
          if (!(error instanceof TurnError)) throw error
        }
      }
    }),
    { numRuns: 5000 },
  )
})
