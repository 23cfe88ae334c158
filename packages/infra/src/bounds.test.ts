import { PassThrough } from 'node:stream'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ConnectionLimit } from './connection-limit.ts'
import { MqttPacketSize } from './mqtt-packet-size.ts'
import { RateLimit, sourceKey } from './rate-limit.ts'
import { RetainedTopics } from './retained-topics.ts'

test('a source gets its burst, then its rate', () => {
  const rate = new RateLimit({ perSecond: 10, burst: 3 })
  const allowed = [0, 0, 0, 0, 50, 100, 100, 200].map((now) => rate.allow('192.0.2.1', now))
  expect(allowed).toEqual([true, true, true, false, false, true, false, true])
  expect(rate.allow('192.0.2.2', 0)).toBe(true)
})

test('a source that was quiet has no more than its burst', () => {
  const rate = new RateLimit({ perSecond: 10, burst: 2 })
  rate.allow('192.0.2.1', 0)
  expect([1, 2, 3].map(() => rate.allow('192.0.2.1', 1e9))).toEqual([true, true, false])
})

test('an IPv6 /64 is one source', () => {
  expect(sourceKey('2001:db8:1:2::1')).toBe(sourceKey('2001:db8:1:2:ffff::9'))
  expect(sourceKey('2001:db8:1:2::1')).not.toBe(sourceKey('2001:db8:1:3::1'))
})

test('the stalest of 10,000 sources is forgotten', () => {
  const rate = new RateLimit({ perSecond: 0, burst: 1 })
  for (let i = 0; i < 10_000; i++) rate.allow(`10.0.${i >> 8}.${i & 255}`, 0)
  expect(rate.allow('10.0.0.1', 0)).toBe(false)
  rate.allow('203.0.113.1', 0)
  // 10.0.0.0 was the stalest, and has its burst again; 10.0.0.1 was used last and is still known.
  expect(rate.allow('10.0.0.1', 0)).toBe(false)
  expect(rate.allow('10.0.0.0', 0)).toBe(true)
})

test('connections over the total or over a source’s share are destroyed', async () => {
  const limit = new ConnectionLimit({ total: 3, perSource: 2 })
  const streams = Array.from({ length: 6 }, () => new PassThrough())
  const ips = ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.3']
  expect(ips.map((ip, i) => limit.add(ip, streams[i] as PassThrough))).toEqual([
    true,
    true,
    false,
    true,
    false,
  ])
  expect(streams.map((stream) => stream.destroyed)).toEqual([false, false, true, false, true, false])
  const [first, , , , , last] = streams as [
    PassThrough,
    PassThrough,
    PassThrough,
    PassThrough,
    PassThrough,
    PassThrough,
  ]
  const closed = new Promise((resolve) => first.once('close', resolve))
  first.destroy()
  await closed
  expect(limit.add('192.0.2.1', last)).toBe(true)
  limit.destroyAll()
  expect(streams.every((stream) => stream.destroyed)).toBe(true)
})

/** A packet with a body of `length` bytes. MQTT 3.1.1 §2.2.3. */
function packet(length: number): number[] {
  const header = [0x30]
  for (let rest = length; ; ) {
    const byte = rest % 128
    rest = Math.floor(rest / 128)
    header.push(rest > 0 ? byte | 0x80 : byte)
    if (rest === 0) break
  }
  return [...header, ...Array<number>(length).fill(0xff)]
}

test('packets up to the limit pass however the stream is cut', () => {
  const stream = Uint8Array.from([0, 1, 127, 128, 300, 20_000].flatMap(packet))
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
      const size = new MqttPacketSize(20_000)
      const ends = [...cuts.sort((a, b) => a - b), stream.length]
      expect(ends.every((end, i) => size.accept(stream.subarray(ends[i - 1] ?? 0, end)))).toBe(true)
    }),
  )
})

test('a longer packet is refused by its header, and so is a length of five bytes', () => {
  expect(new MqttPacketSize(127).accept(Uint8Array.from(packet(128).slice(0, 3)))).toBe(false)
  expect(new MqttPacketSize(127).accept(Uint8Array.from(packet(127).slice(0, 2)))).toBe(true)
  expect(new MqttPacketSize(1e9).accept(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80))).toBe(false)
})

test('retained topics are counted until an empty message removes them', () => {
  const topics = new RetainedTopics(2)
  expect([
    topics.accept('a', 1),
    topics.accept('b', 1),
    topics.accept('c', 1),
    topics.accept('a', 2),
  ]).toEqual([true, true, false, true])
  topics.accept('b', 0)
  expect(topics.accept('c', 1)).toBe(true)
})
