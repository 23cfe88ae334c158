import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from '@jest/globals'
import type { ByteStream } from '@p2pd/netif'
import { loadUdx } from './load-udx.ts'
import { type Passage, relayBetween } from './testdata/lossy-relay.ts'

const udx = await loadUdx()
const bind = () => udx.bindUdp({ local: { ip: '127.0.0.1', port: 0 } })
const hash = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')

/** Loses a fixed share of the packets, chosen by a seeded generator. */
function everyNth(n: number, seed: number): () => boolean {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0 // Numerical Recipes' generator.
    return (state >>> 8) % n === 0
  }
}

async function hashAll(stream: ByteStream): Promise<string> {
  const sum = createHash('sha256')
  stream.on('data', (chunk: Uint8Array) => sum.update(chunk))
  await new Promise((resolve) => stream.once('end', resolve))
  return sum.digest('hex')
}

const closed = (stream: ByteStream) =>
  new Promise((resolve) => {
    if (stream.closed) resolve(undefined)
    else stream.once('close', resolve)
  })

/** Sends bytes each way at once over such a path; whether they arrive whole at both ends. */
async function echoOver(passage: Passage, bytes: number): Promise<boolean> {
  const [a, b] = await Promise.all([bind(), bind()])
  const relay = await relayBetween([a.local, b.local], passage)
  const token = randomBytes(16)
  const client = await udx.openStream(a, { remote: relay.addresses[0], role: 'client', token })
  const server = await udx.openStream(b, { remote: relay.addresses[1], role: 'server', token })
  const data = randomBytes(bytes)
  client.end(data)
  server.end(data)
  const sums = await Promise.all([hashAll(client), hashAll(server)])
  await Promise.all([closed(client), closed(server)])
  relay.close()
  return sums.every((sum) => sum === hash(data)) && client.errored === null && server.errored === null
}

test.each([1, 2, 3])('seed %d: a path that loses 5 %% loses no byte, and both ends close', async (seed) => {
  expect(await echoOver({ loses: everyNth(20, seed) }, 300_000)).toBe(true)
})

/** A path that drops packets above a length without a word: firewalls do, and tunnels whose ICMP is filtered. */
test.each([1200, 1252])(
  'I1: packets above %d bytes are dropped: the packet size that fits is found',
  async (most) => {
    const sizes: number[] = []
    const loses = (bytes: number) => {
      sizes.push(bytes)
      return bytes > most
    }
    expect(await echoOver({ loses }, 300_000)).toBe(true)
    // RFC 8899 §5.1.2 and §5.3: probes of one size are lost three times in each direction, then no longer packet is sent.
    // Eight were counted once on a busy host; the bound holds that the search ends.
    const tooLong = sizes.filter((bytes) => bytes > most)
    expect(tooLong.length).toBeLessThanOrEqual(12)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(most + 32)
  },
)

// `pnpm bench udx-paths` shows that the rate stays.
test('I1: bytes of packets that overtake others arrive in order', async () => {
  const isLate = everyNth(10, 1)
  expect(await echoOver({ delayMs: () => (isLate() ? 12 : 10) }, 300_000)).toBe(true)
})

test('a path that breaks ends a stream with bytes under way', async () => {
  const [a, b] = await Promise.all([bind(), bind()])
  let broken = false
  const relay = await relayBetween([a.local, b.local], { loses: () => broken })
  const token = randomBytes(16)
  const open = { token, keepAliveMs: 100 }
  const client = await udx.openStream(a, { ...open, remote: relay.addresses[0], role: 'client' })
  const server = await udx.openStream(b, { ...open, remote: relay.addresses[1], role: 'server' })
  client.write('hello')
  await new Promise((resolve) => server.once('data', resolve))
  broken = true
  client.write('unanswered')
  await Promise.all([closed(client), closed(server)])
  expect([client.errored, server.errored]).toEqual([
    expect.objectContaining({ code: 'UDX_TIMEOUT' }),
    expect.objectContaining({ code: 'UDX_TIMEOUT' }),
  ])
  relay.close()
})
