import { randomBytes, randomInt } from 'node:crypto'
import { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ByteStream } from '@p2pd/netif'
import { CHANNELS, encodeChannelData } from '@p2pd/turn'
import { MAX_DATAGRAM_BYTES } from '../pipes/datagrams.ts'
import { datagramCipher, Opener, Sealer } from './datagram-cipher.ts'
import { createIdentity } from './identity.ts'
import { tlsSecure } from './tls.ts'

const OVERHEAD = 23

/** The two ends of a wire inside this process. */
function wire(): readonly [ByteStream, ByteStream] {
  const end = (other: () => Duplex) =>
    new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        other().push(chunk)
        done()
      },
      final(done) {
        other().push(null)
        done()
      },
    })
  const a: Duplex = end(() => b)
  const b: Duplex = end(() => a)
  return [a, b]
}

async function tlsPair(): Promise<readonly [TLSSocket, TLSSocket]> {
  const [a, b] = wire()
  const ends = await Promise.all([
    tlsSecure(createIdentity())(a, { role: 'client' }),
    tlsSecure(createIdentity())(b, { role: 'server' }),
  ])
  const [client, server] = ends.map(({ stream }) => stream as TLSSocket)
  return [client as TLSSocket, server as TLSSocket]
}

let sockets: readonly [TLSSocket, TLSSocket]
const ciphers = () => [datagramCipher(sockets[0], 'client'), datagramCipher(sockets[1], 'server')] as const

beforeAll(async () => {
  sockets = await tlsPair()
})
afterAll(() => {
  for (const socket of sockets) socket.destroy()
})

test('both ends of a TLS connection open what the other seals, whatever its length', () => {
  const [client, server] = ciphers()
  expect(client.overhead).toBe(OVERHEAD)
  for (const length of [0, 1, 15, 16, 17, 1200, 65_000]) {
    const data = randomBytes(length)
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      const sealed = from.seal(data)
      expect(sealed).toHaveLength(length + OVERHEAD)
      expect(sealed[0]).toBe(0xe0)
      expect(to.open(sealed)).toEqual(data)
    }
  }
})

test('I1: the longest datagram of a pipe, sealed and in a channel of a relay, is UDP of 1,200 bytes', () => {
  const [client] = ciphers()
  const data = client.seal(new Uint8Array(MAX_DATAGRAM_BYTES))
  expect(encodeChannelData({ channel: CHANNELS.first, data }, false)).toHaveLength(1200)
})

test('10,000 random packets are none, also when they begin like one', () => {
  const [client] = ciphers()
  for (let i = 0; i < 10_000; i++) {
    const packet = randomBytes(randomInt(64))
    if (i % 2 === 0 && packet.length > 0) packet[0] = 0xe0
    expect(client.open(packet)).toBeUndefined()
  }
})

test('every byte counts: each of its 255 other values is noticed, and every missing or added byte', () => {
  const [client, server] = ciphers()
  const sealed = client.seal(Uint8Array.of(1, 2, 3, 4, 5))
  const opened: string[] = []
  for (let at = 0; at < sealed.length; at++) {
    for (let change = 1; change < 256; change++) {
      const altered = Uint8Array.from(sealed)
      altered[at] = (altered[at] ?? 0) ^ change
      if (server.open(altered) !== undefined) opened.push(`byte ${at} changed by ${change}`)
    }
    if (server.open(sealed.subarray(0, at)) !== undefined) opened.push(`cut at ${at}`)
  }
  expect(opened).toEqual([])
  expect(server.open(Buffer.concat([sealed, Buffer.alloc(1)]))).toBeUndefined()
  expect(server.open(sealed)).toEqual(Buffer.of(1, 2, 3, 4, 5))
})

test('each is opened once, in any order within the window', () => {
  const [client, server] = ciphers()
  const all = Array.from({ length: 1500 }, (_, i) => client.seal(Uint8Array.of(i & 0xff)))
  const shuffled = all.slice(0, 1000).toSorted(() => randomInt(3) - 1)
  const openedOf = (packets: Uint8Array[]) => packets.filter((packet) => server.open(packet) !== undefined)
  expect([openedOf(shuffled).length, openedOf(shuffled).length]).toEqual([1000, 0])
  const [last, ...others] = all.slice(1000).toReversed()
  expect(server.open(last as Uint8Array)).toBeDefined()
  expect(openedOf(others).length).toBe(others.length)
})

test('forged numbers far ahead do not move the window', () => {
  const [client, server] = ciphers()
  const sealed = client.seal(Uint8Array.of(1))
  const forged = Buffer.from(sealed)
  forged.writeUIntBE(2 ** 47, 1, 6)
  expect(server.open(forged)).toBeUndefined()
  expect(server.open(sealed)).toBeDefined()
})

test('a direction’s and another connection’s datagrams are foreign', async () => {
  const [client, server] = ciphers()
  const others = await tlsPair()
  const stranger = datagramCipher(others[1], 'server')
  const sealed = client.seal(Uint8Array.of(1))
  expect(client.open(sealed)).toBeUndefined()
  expect(stranger.open(sealed)).toBeUndefined()
  expect(server.open(sealed)).toBeDefined()
  for (const socket of others) socket.destroy()
})

test('keys change every 2^24 datagrams; late ones of the key before are still opened', () => {
  const secret = randomBytes(32)
  const [sealer, opener] = [new Sealer(secret, 2 ** 24 - 2), new Opener(secret)]
  const [a, b, c, d] = [1, 2, 3, 4].map((n) => sealer.seal(Uint8Array.of(n)))
  for (const [packet, n] of [
    [a, 1],
    [d, 4],
    [b, 2],
    [c, 3],
  ] as const) {
    expect(opener.open(packet as Uint8Array)).toEqual(Buffer.of(n))
  }
})

test('the last number is the last datagram', () => {
  const secret = randomBytes(32)
  const [sealer, opener] = [new Sealer(secret, 2 ** 48 - 1), new Opener(secret)]
  expect(opener.open(sealer.seal(Uint8Array.of(1)))).toEqual(Buffer.of(1))
  expect(() => sealer.seal(Uint8Array.of(2))).toThrow(expect.objectContaining({ code: 'NODE_CLOSED' }))
})

test('what was sealed does not change with the buffer it came from', () => {
  const [client, server] = ciphers()
  const data = new Uint8Array(20).fill(7)
  const sealed = client.seal(data)
  data.fill(0)
  const opened = server.open(sealed)
  sealed.fill(0)
  expect(opened).toEqual(Buffer.alloc(20, 7))
})
