import { createHash, randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { expect, test } from '@jest/globals'
import { loadUdx } from './load-udx.ts'
import { securePair } from '@p2pd/netif/testing'

const MEGABYTES = 64
const block = randomBytes(1024 * 1024)

/** Sends every block with its number at its head; returns the hash of all. */
async function sendAll(stream: Duplex): Promise<string> {
  const hash = createHash('sha256')
  for (let number = 0; number < MEGABYTES; number++) {
    const data = Buffer.from(block)
    data.writeUInt32BE(number)
    hash.update(data)
    if (!stream.write(data)) await new Promise((resolve) => stream.once('drain', resolve))
  }
  return hash.digest('hex')
}

function hashAll(stream: Duplex): Promise<string> {
  const hash = createHash('sha256')
  let missing = MEGABYTES * block.length
  return new Promise((resolve) => {
    stream.on('data', (chunk: Uint8Array) => {
      hash.update(chunk)
      missing -= chunk.length
      if (missing === 0) resolve(hash.digest('hex'))
    })
  })
}

test(`TLS 1.3 over udx carries ${MEGABYTES} MB each way at once, unchanged`, async () => {
  const udx = await loadUdx()
  const bind = () => udx.bindUdp({ local: { ip: '127.0.0.1', port: 0 } })
  const [a, b] = await Promise.all([bind(), bind()])
  const token = randomBytes(16)
  const streams = await Promise.all([
    udx.openStream(a, { remote: b.local, role: 'client', token }),
    udx.openStream(b, { remote: a.local, role: 'server', token }),
  ])
  const closed = Promise.all(streams.map((stream) => new Promise((resolve) => stream.once('close', resolve))))
  const [client, server] = await securePair(streams)
  expect(client.getProtocol()).toBe('TLSv1.3')
  const [sentUp, sentDown, up, down] = await Promise.all([
    sendAll(client),
    sendAll(server),
    hashAll(server),
    hashAll(client),
  ])
  expect([up, down]).toEqual([sentUp, sentDown])
  server.once('end', () => server.end())
  client.end()
  await closed
  expect(streams.map(({ errored }) => errored)).toEqual([null, null])
}, 60_000)
