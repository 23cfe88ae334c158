import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from '@jest/globals'
import type { ByteStream } from '@p2pd/netif'
import { loadUdx } from './load-udx.ts'
import { relayBetween } from './testdata/lossy-relay.ts'

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

test.each([1, 2, 3])('seed %d: a path that loses 5 %% loses no byte, and both ends close', async (seed) => {
  const [a, b] = await Promise.all([bind(), bind()])
  const relay = await relayBetween([a.local, b.local], everyNth(20, seed))
  const token = randomBytes(16)
  const client = await udx.openStream(a, { remote: relay.addresses[0], role: 'client', token })
  const server = await udx.openStream(b, { remote: relay.addresses[1], role: 'server', token })
  const data = randomBytes(300_000)
  client.end(data)
  server.end(data)
  expect(await Promise.all([hashAll(client), hashAll(server)])).toEqual([hash(data), hash(data)])
  await Promise.all([closed(client), closed(server)])
  expect([client.errored, server.errored]).toEqual([null, null])
  relay.close()
})

test('a path that breaks ends a stream with bytes under way', async () => {
  const [a, b] = await Promise.all([bind(), bind()])
  let broken = false
  const relay = await relayBetween([a.local, b.local], () => broken)
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
