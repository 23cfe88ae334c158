import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { expect, test } from '@jest/globals'
import type { ByteStream, Family, UdpSocket } from '@p2pd/netif'
import { systemNetwork } from '@p2pd/netif/node'
import { WINDOW_BYTES } from '../flow-control.ts'
import type { UdxStreamOptions } from '../udx.ts'
import { loadUdx } from './load-udx.ts'
import { relayBetween } from './testdata/lossy-relay.ts'

const udx = await loadUdx()
const loopback = { IPv4: '127.0.0.1', IPv6: '::1' } as const
const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
)
const families: readonly Family[] = hasIpv6 ? ['IPv4', 'IPv6'] : ['IPv4']

const bind = (ip: string = loopback.IPv4) => udx.bindUdp({ local: { ip, port: 0 } })

interface Pair {
  readonly sockets: readonly [UdpSocket, UdpSocket]
  readonly streams: readonly [ByteStream, ByteStream]
}

async function openPair(ip?: string, options: Partial<UdxStreamOptions> = {}): Promise<Pair> {
  const [a, b] = await Promise.all([bind(ip), bind(ip)])
  const token = randomBytes(16)
  const streams = await Promise.all([
    udx.openStream(a, { remote: b.local, role: 'client', token, ...options }),
    udx.openStream(b, { remote: a.local, role: 'server', token, ...options }),
  ])
  return { sockets: [a, b], streams }
}

async function readAll(stream: ByteStream): Promise<string> {
  const chunks: Uint8Array[] = []
  stream.on('data', (chunk: Uint8Array) => chunks.push(chunk))
  await once(stream, 'end')
  return Buffer.concat(chunks).toString()
}

/** Resolves when the streams are closed, with an error or without. */
async function closed(...streams: readonly ByteStream[]): Promise<void> {
  for (const stream of streams) {
    if (!stream.closed) await new Promise((resolve) => stream.once('close', resolve))
  }
}

for (const family of families) {
  test(`${family}: bytes both ways, a half-close, and everything is closed`, async () => {
    const { sockets, streams } = await openPair(loopback[family])
    const [a, b] = streams
    a.end('question')
    expect(await readAll(b)).toBe('question')
    b.end('answer after the end')
    expect(await readAll(a)).toBe('answer after the end')
    await closed(a, b)
    expect([a.errored, b.errored]).toEqual([null, null])
    // The ports are free again.
    for (const { local } of sockets) (await systemNetwork.bindUdp({ local })).close()
  })
}

test('a half-closed stream still receives more than a window', async () => {
  const { streams } = await openPair()
  const [a, b] = streams
  a.end()
  await once(b.resume(), 'end')
  const data = randomBytes(3 * WINDOW_BYTES)
  b.end(data)
  const hash = createHash('sha256')
  for await (const chunk of a) hash.update(chunk as Uint8Array)
  expect(hash.digest('hex')).toBe(createHash('sha256').update(data).digest('hex'))
  await closed(a, b)
})

test('an end that does not read stops the writer after a window, and loses nothing', async () => {
  const { sockets, streams } = await openPair()
  const [a, b] = streams
  const events: string[] = []
  await new Promise<void>((resolve) => {
    a.write(randomBytes(WINDOW_BYTES), () => resolve())
    a.end('one more', () => events.push('sent'))
  })
  const datagram = new Promise((resolve) => sockets[1].onMessage(resolve))
  sockets[0].send(new Uint8Array(1), sockets[1].local)
  await datagram
  let received = 0
  for await (const chunk of b) {
    if (received === 0) events.push('read')
    received += (chunk as Uint8Array).length
  }
  expect(events).toEqual(['read', 'sent'])
  expect(received).toBe(WINDOW_BYTES + 'one more'.length)
  b.end()
  a.resume()
  await closed(a, b)
})

test('bytes written just before destroy arrive; the other end ends, then closes', async () => {
  const { streams } = await openPair()
  const [a, b] = streams
  a.write('last words')
  a.destroy()
  const received = readAll(b)
  b.on('end', () => b.end())
  expect(await received).toBe('last words')
  await closed(a, b)
  expect(b.errored).toBeNull()
})

test('destroying with an error resets the other end', async () => {
  const { streams } = await openPair()
  const [a, b] = streams
  a.destroy(new Error('wrong peer'))
  await closed(a, b)
  expect(b.errored).toMatchObject({ code: 'UDX_RESET' })
})

test('closing the socket closes the stream', async () => {
  const { sockets, streams } = await openPair()
  sockets[0].close()
  streams[1].on('end', () => streams[1].end()).resume()
  await closed(...streams)
  expect(streams[1].errored).toBeNull()
})

test('datagrams go on beside the stream', async () => {
  const { sockets, streams } = await openPair()
  const [a, b] = sockets
  const datagram = Uint8Array.of(0xe0, ...randomBytes(40))
  const received = new Promise((resolve) =>
    b.onMessage((data, from) => resolve([new Uint8Array(data), from])),
  )
  a.send(datagram, b.local)
  expect(await received).toEqual([datagram, a.local])
  streams[0].end('and the stream')
  expect(await readAll(streams[1])).toBe('and the stream')
  streams[1].end()
  streams[0].resume()
  await closed(...streams)
})

for (const any of ['127.0.0.1', '0.0.0.0']) {
  test(`${any}: packets sent before the other end opened its stream are not lost`, async () => {
    const [a, b] = await Promise.all([bind(), bind(any)])
    let isCut = false
    const ends = [a.local, { ip: loopback.IPv4, port: b.local.port }] as const
    const relay = await relayBetween(ends, { loses: () => isCut })
    const [remote, back] = relay.addresses
    const token = randomBytes(16)
    const received = new Promise((resolve) => b.onMessage(resolve))
    const client = await udx.openStream(a, { remote, role: 'client', token })
    client.end('early')
    await received
    // udx resends after a second: that must not be the copy which arrives.
    isCut = true
    const server = await udx.openStream(b, { remote: back, role: 'server', token })
    expect(await readAll(server)).toBe('early')
    isCut = false
    server.end()
    client.resume()
    await closed(client, server)
    relay.close()
  })
}

test('another token is another stream', async () => {
  const [a, b] = await Promise.all([bind(), bind()])
  const client = await udx.openStream(a, { remote: b.local, role: 'client', token: randomBytes(16) })
  const server = await udx.openStream(b, { remote: a.local, role: 'server', token: randomBytes(16) })
  const received = new Promise<Uint8Array>((resolve) => b.onMessage(resolve))
  client.write('whose?')
  expect((await received)[0]).toBe(0xff)
  expect(server.readableLength).toBe(0)
  client.destroy(new Error('enough'))
  server.destroy(new Error('enough'))
  await closed(client, server)
})

test('the stream ends when the peer is gone without a packet', async () => {
  const [a, silent] = await Promise.all([
    bind(),
    systemNetwork.bindUdp({ local: { ip: '127.0.0.1', port: 0 } }),
  ])
  const probes: number[] = []
  silent.onMessage((data) => probes.push(data[0] ?? -1))
  const stream = await udx.openStream(a, {
    remote: silent.local,
    role: 'client',
    token: randomBytes(16),
    keepAliveMs: 20,
  })
  await closed(stream)
  expect(stream.errored).toMatchObject({ code: 'UDX_TIMEOUT' })
  expect(probes.filter((kind) => kind !== 0xff)).toEqual(Array(6).fill(0xe8))
  silent.close()
})

test('an idle stream stays while the other end answers', async () => {
  const { sockets, streams } = await openPair(undefined, { keepAliveMs: 5 })
  let answers = 0
  await new Promise<void>((resolve) => {
    sockets[0].onMessage((data) => {
      if (data[0] === 0xe9 && ++answers === 20) resolve()
    })
  })
  streams[0].end('still here')
  expect(await readAll(streams[1])).toBe('still here')
  streams[1].end()
  streams[0].resume()
  await closed(...streams)
})

test('bad arguments are refused, and leave the socket as it is', async () => {
  const [a, b] = await Promise.all([bind(), bind()])
  const good = { remote: b.local, role: 'client', token: randomBytes(16) } as const
  const invalid = { code: 'UDX_INVALID_ARGUMENT' }
  await expect(udx.openStream(a, { ...good, token: new Uint8Array(3) })).rejects.toMatchObject(invalid)
  await expect(udx.openStream(a, { ...good, keepAliveMs: 0 })).rejects.toMatchObject(invalid)
  await expect(udx.openStream(a, { ...good, remote: { ip: '::1', port: 9 } })).rejects.toMatchObject(invalid)
  for (const remote of [
    { ip: 'name', port: 9 },
    { ip: '127.0.0.1', port: 0 },
  ]) {
    await expect(udx.openStream(a, { ...good, remote })).rejects.toMatchObject({
      code: 'NETIF_INVALID_ARGUMENT',
    })
  }
  const signal = AbortSignal.abort()
  await expect(udx.openStream(a, { ...good, signal })).rejects.toMatchObject({ code: 'UDX_ABORTED' })
  const stream = await udx.openStream(a, good)
  await expect(udx.openStream(a, { ...good, token: randomBytes(16) })).rejects.toMatchObject(invalid)
  await expect(udx.openStream(b, good)).rejects.toMatchObject(invalid)
  stream.destroy(new Error('enough'))
  b.close()
  await closed(stream)
  await expect(udx.openStream(b, good)).rejects.toMatchObject({ code: 'UDX_CLOSED' })
})

test('a socket that udx did not bind carries a stream by loopback, and closes with it', async () => {
  const network = { bindUdp: systemNetwork.bindUdp.bind(systemNetwork) }
  const outer = await network.bindUdp({ local: { ip: '127.0.0.1', port: 0 } })
  let isClosed = false
  const foreign: UdpSocket = {
    local: outer.local,
    send: (data, to) => outer.send(data, to),
    onMessage: (listener) => outer.onMessage(listener),
    close: () => {
      isClosed = true
      outer.close()
    },
  }
  const b = await bind()
  const token = randomBytes(16)
  const client = await udx.openStream(foreign, { remote: b.local, role: 'client', token })
  const server = await udx.openStream(b, { remote: outer.local, role: 'server', token })
  const sent = randomBytes(1_000_000)
  client.end(sent)
  server.end()
  const chunks: Buffer[] = []
  for await (const chunk of server) chunks.push(chunk as Buffer)
  expect(Buffer.concat(chunks).equals(sent)).toBe(true)
  client.resume()
  await closed(client, server)
  await new Promise((resolve) => void setImmediate(resolve))
  expect(isClosed).toBe(true)
})
