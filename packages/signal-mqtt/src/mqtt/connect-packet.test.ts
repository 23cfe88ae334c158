import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { joinBytes } from '@p2pd/netif'
import { bytesOf } from '../testdata/peers.ts'
import { decodeConnack, encodeConnect } from './connect-packet.ts'
import { bodyOf, encodeVariableLength } from './packet.ts'
import { decodeVariableLength } from './packet-splitter.ts'

const terms = { clientId: 'p2pd-a', keepAliveSeconds: 30, maxPacketBytes: 0x01020304 }

test('CONNECT of MQTT 3.1.1: protocol, flags, keep alive, client id', () => {
  expect(encodeConnect({ ...terms, version: 4 })).toEqual(
    joinBytes(
      Uint8Array.of(0x10, 18, 0, 4),
      bytesOf('MQTT'),
      Uint8Array.of(4, 0x02, 0, 30, 0, 6),
      bytesOf('p2pd-a'),
    ),
  )
})

test('CONNECT of MQTT 5 names the largest packet, behind the keep alive', () => {
  expect(encodeConnect({ ...terms, version: 5 })).toEqual(
    joinBytes(
      Uint8Array.of(0x10, 24, 0, 4),
      bytesOf('MQTT'),
      Uint8Array.of(5, 0x02, 0, 30, 5, 0x27, 1, 2, 3, 4, 0, 6),
      bytesOf('p2pd-a'),
    ),
  )
})

test('user and password come last, and have a flag each; a password brings an empty user along', () => {
  const flagsAndEnd = (more: object, length: number) => {
    const packet = encodeConnect({ ...terms, version: 4, ...more })
    return [packet[9], [...packet.subarray(packet.length - length)]]
  }
  expect(flagsAndEnd({ username: 'u', password: 'pw' }, 7)).toEqual([0xc2, [0, 1, 0x75, 0, 2, 0x70, 0x77]])
  expect(flagsAndEnd({ username: 'u' }, 3)).toEqual([0x82, [0, 1, 0x75]])
  expect(flagsAndEnd({ password: 'pw' }, 6)).toEqual([0xc2, [0, 0, 0, 2, 0x70, 0x77]])
})

test('CONNACK: the code, and what MQTT 5 says of records, pings and messages, wherever it stands among the properties', () => {
  expect(decodeConnack(Uint8Array.of(0x20, 2, 0, 5))).toEqual({ code: 5, retains: true })
  const others = [0x11, 0, 0, 0, 1, 0x1f, 0, 1, 0x61, 0x26, 0, 1, 0x61, 0, 1, 0x62, 0x22, 0, 10]
  const own = [0x25, 0, 0x13, 0, 20, 0x21, 1, 2, 0x27, 0, 0, 1, 0]
  for (const properties of [
    [...others, ...own],
    [...own, ...others],
  ]) {
    const packet = Uint8Array.of(0x20, 3 + properties.length, 0, 0, properties.length, ...properties)
    expect(decodeConnack(packet)).toEqual({
      code: 0,
      retains: false,
      keepAliveSeconds: 20,
      receiveMaximum: 258,
      maxPacketBytes: 256,
    })
  }
})

test('CONNACK: a limit of nothing is none', () => {
  const properties = [0x21, 0, 0, 0x27, 0, 0, 0, 0]
  const packet = Uint8Array.of(0x20, 3 + properties.length, 0, 0, properties.length, ...properties)
  expect(decodeConnack(packet)).toEqual({ code: 0, retains: true })
})

test('any bytes: an answer or undefined', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const connack = decodeConnack(joinBytes(Uint8Array.of(0x20), encodeVariableLength(bytes.length), bytes))
      expect(connack?.code).toBe(bytes[1])
    }),
    { numRuns: 10_000 },
  )
})

test('a length of any size is decoded as it was encoded', () => {
  for (const value of [0, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455]) {
    const bytes = encodeVariableLength(value)
    expect(decodeVariableLength(bytes, 0)).toEqual({ value, end: bytes.length })
    expect(bodyOf(joinBytes(Uint8Array.of(0), bytes, Uint8Array.of(9)))).toEqual(Uint8Array.of(9))
  }
})
