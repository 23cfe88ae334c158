import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CHARACTERS, characterAt } from '@p2pd/netif/testing'
import { joinBytes } from '@p2pd/netif'
import { decodePublishPacket, encodePublish } from './publish-packet.ts'
import { bytesOf } from '../testdata/peers.ts'

const character = fc.nat(CHARACTERS - 1).map(characterAt)

/** Fixed header, topic, what comes between, payload. MQTT 5.0 §3.3. */
function publish(parts: {
  first?: number
  topic?: string
  between?: number[]
  payload?: Uint8Array
}): Uint8Array {
  const { first = 0x30, topic = 'a/b', between = [], payload = new Uint8Array() } = parts
  const name = bytesOf(topic)
  const rest = joinBytes(
    Uint8Array.of(name.length >> 8, name.length),
    name,
    Uint8Array.from(between),
    payload,
  )
  return joinBytes(Uint8Array.of(first, (rest.length & 0x7f) | 0x80, rest.length >> 7), rest)
}

/** Message expiry, a subscription identifier, a user property. MQTT 5.0 §3.3.2.3. */
const PROPERTIES = [0x02, 0, 0, 0, 60, 0x0b, 0x81, 0x01, 0x26, 0, 1, 0x6b, 0, 1, 0x76]

test('MQTT 3.1.1: topic and payload, of any size, retained or not', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: character, maxLength: 80 }),
      fc.uint8Array({ maxLength: 300 }),
      (topic, payload) => {
        for (const first of [0x30, 0x31]) {
          const decoded = decodePublishPacket(publish({ first, topic, payload }), 4)
          expect(decoded).toEqual({ topic, payload })
        }
      },
    ),
  )
})

test('MQTT 5: properties do not belong to the payload', () => {
  const payload = bytesOf('hello')
  for (const between of [[0], [PROPERTIES.length, ...PROPERTIES], [0x80, 0x01, ...new Uint8Array(128)]]) {
    expect(decodePublishPacket(publish({ between, payload }), 5)).toEqual({ topic: 'a/b', payload })
  }
})

test('QoS 0 and 1, repeated or not, retained or not; no QoS 2, and no other packet', () => {
  for (let first = 0; first < 256; first++) {
    const decoded = decodePublishPacket(publish({ first, between: [0, 7, 0] }), 5)
    const qos = (first >> 1) & 3
    expect(decoded !== undefined).toBe(first >> 4 === 3 && qos < 2)
    expect(decoded?.packetId).toBe(decoded && qos === 1 ? 7 : undefined)
  }
})

test('what is encoded is decoded, by both versions', () => {
  const payload = bytesOf('hello')
  for (const version of [4, 5] as const) {
    for (const expirySeconds of [undefined, 60]) {
      const packet = encodePublish(
        { packetId: 513, topic: 'a/ü', payload, retain: true, expirySeconds },
        version,
      )
      expect(packet[0]).toBe(0x33)
      expect(decodePublishPacket(packet, version)).toEqual({ topic: 'a/ü', payload, packetId: 513 })
    }
  }
})

test('what is cut short is left to others', () => {
  const whole = publish({ between: [PROPERTIES.length, ...PROPERTIES] })
  for (let length = 0; length < whole.length; length++) {
    expect(decodePublishPacket(whole.subarray(0, length), 5)).toBeUndefined()
  }
  expect(decodePublishPacket(publish({ between: [0xff, 0xff, 0xff, 0xff, 0x01] }), 5)).toBeUndefined()
})

test('any bytes: a message or undefined', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom(4 as const, 5 as const),
      (bytes, version) => {
        const decoded = decodePublishPacket(joinBytes(Uint8Array.of(0x30), bytes), version)
        expect((decoded?.payload.length ?? 0) <= bytes.length).toBe(true)
      },
    ),
    { numRuns: 10_000 },
  )
})
