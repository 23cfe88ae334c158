import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { echo, type Pipe } from '@p2pd/pipe'
import { openPipe } from '@p2pd/pipe/node'
import { closeOf, openPair } from '../../test/pipe-pair.ts'

const CHUNK = 1_000_000

/** Sends as much as is asked for, and tells the hash of it. */
async function sendMegabytes(pipe: Pipe, megabytes: number): Promise<string> {
  const hash = createHash('sha256')
  const chunk = randomBytes(CHUNK)
  for (let i = 0; i < megabytes; i++) {
    chunk.writeUInt32BE(i)
    const copy = Buffer.from(chunk)
    hash.update(copy)
    await pipe.send(copy)
  }
  return hash.digest('hex')
}

async function hashMegabytes(pipe: Pipe, megabytes: number): Promise<string> {
  const hash = createHash('sha256')
  for (let got = 0; got < megabytes * CHUNK; ) {
    const { data } = await pipe.recv({ timeoutMs: 10_000 })
    hash.update(data)
    got += data.length
  }
  return hash.digest('hex')
}

test('C12: a relay carries 100 MB both ways at once', async () => {
  const [left, right] = await Promise.all([openPair('tcp'), openPair('tls')])
  left.served.relay(right.served)
  const hashes = await Promise.all([
    sendMegabytes(left.client, 100),
    hashMegabytes(right.client, 100),
    sendMegabytes(right.client, 100),
    hashMegabytes(left.client, 100),
  ])
  expect(hashes[0]).toBe(hashes[1])
  expect(hashes[2]).toBe(hashes[3])
  await Promise.all([left.close(), right.close()])
})

test('C12: a relay keeps back-pressure: a receiver that does not read stops the sender', async () => {
  const [left, right] = await Promise.all([openPair('tcp'), openPair('tcp')])
  left.served.relay(right.served)
  let accepted = 0
  const chunk = new Uint8Array(65_536)
  const sending = (async () => {
    for (; accepted < 2000; accepted++) await left.client.send(chunk)
  })()
  for (let last = -1, still = 0; still < 200; still = accepted === last ? still + 1 : 0) {
    last = accepted
    await new Promise(setImmediate)
  }
  expect(accepted).toBeLessThan(1000)
  let got = 0
  while (got < 2000 * chunk.length) got += (await right.client.recv({ timeoutMs: 5000 })).data.length
  await sending
  await Promise.all([left.close(), right.close()])
})

test('C12: no loop: a pipe is not joined to itself, to its other end, or twice', async () => {
  const [pair, other] = await Promise.all([openPair('tcp'), openPair('tcp')])
  const invalid = expect.objectContaining({ code: 'PIPE_INVALID_ARGUMENT' })
  expect(() => pair.client.relay(pair.client)).toThrow(invalid)
  expect(() => pair.client.relay(pair.served)).toThrow(invalid)
  pair.served.relay(other.served)
  expect(() => pair.served.relay(other.served)).toThrow(expect.objectContaining({ code: 'PIPE_IN_USE' }))
  expect(() => other.served.relay(pair.served)).toThrow(expect.objectContaining({ code: 'PIPE_IN_USE' }))
  await Promise.all([pair.close(), other.close()])
})

test('C12: when one side ends, so does the other, and the relay', async () => {
  const [left, right] = await Promise.all([openPair('tcp'), openPair('tcp')])
  const relay = left.served.relay(right.served)
  const farEnd = closeOf(right.client)
  await left.client.send('bye')
  expect(String((await right.client.recv({ timeoutMs: 5000 })).data)).toBe('bye')
  await left.client.close()
  expect(await farEnd).toBeUndefined()
  await relay.ended
  await Promise.all([left.close(), right.close()])
})

test.each(['tcp', 'udp'] as const)(
  'C12: datagrams and %s, both ways, boundaries of datagrams kept',
  async (far) => {
    const [left, right] = await Promise.all([openPair('udp'), openPair(far)])
    left.served.relay(right.served)
    echo(right.client)
    for (const text of ['one', 'two', 'three']) {
      await left.client.send(text)
      expect(String((await left.client.recv({ timeoutMs: 5000 })).data)).toBe(text)
    }
    await Promise.all([left.close(), right.close()])
  },
)

test('C12: a long chunk of a stream reaches a datagram pipe in pieces', async () => {
  const [left, right] = await Promise.all([openPair('tcp'), openPair('udp')])
  left.served.relay(right.served)
  await left.client.send(new Uint8Array(10_000))
  let got = 0
  while (got < 10_000) got += (await right.client.recv({ timeoutMs: 5000 })).data.length
  expect(got).toBe(10_000)
  await Promise.all([left.close(), right.close()])
})

test('a relay needs open pipes with a peer', async () => {
  const pair = await openPair('tcp')
  const anybody = await openPipe({ transport: 'udp', local: { ip: '127.0.0.1', port: 0 } })
  expect(() => pair.served.relay(anybody)).toThrow(expect.objectContaining({ code: 'PIPE_INVALID_ARGUMENT' }))
  const other = await openPair('tcp')
  await other.client.close()
  expect(() => pair.served.relay(other.client)).toThrow(expect.objectContaining({ code: 'PIPE_CLOSED' }))
  await Promise.all([pair.close(), other.close(), anybody.close()])
})
