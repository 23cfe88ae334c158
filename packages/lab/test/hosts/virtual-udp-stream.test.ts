import { expect, test } from '@jest/globals'
import { type LinkSettings, VirtualInternet } from '@p2pd/lab'
import type { ByteStream, UdpSocket } from '@p2pd/netif'
import { type Udx } from '@p2pd/udx'
import { virtualUdx } from './virtual-udp-stream.ts'

const token = new Uint8Array(16)
const terrible: LinkSettings = { delayMs: 20, jitterMs: 10, loss: 0.1, reorder: 0.1, duplicate: 0.1 }

interface End {
  readonly udx: Udx
  readonly socket: UdpSocket
}

async function twoEnds(net: VirtualInternet, link: LinkSettings): Promise<readonly [End, End]> {
  const ends = await Promise.all(
    [1, 2].map(async () => {
      const host = net.host({ link })
      const udx = virtualUdx(host.network, net.clock)
      return { udx, socket: await udx.bindUdp({ local: { ip: host.ip, port: 0 } }) }
    }),
  )
  return ends as unknown as readonly [End, End]
}

const open = ({ udx, socket }: End, { socket: other }: End, role: 'client' | 'server') =>
  udx.openStream(socket, { remote: other.local, role, token })

/** Resolves when the stream is closed, with an error or without. */
const closed = (stream: ByteStream) =>
  new Promise((resolve) => {
    if (stream.closed) resolve(undefined)
    else stream.once('close', resolve)
  })

async function readAll(stream: ByteStream): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  stream.on('data', (chunk: Uint8Array) => chunks.push(chunk))
  await new Promise((resolve) => stream.once('end', resolve))
  return Buffer.concat(chunks)
}

// Two links each way lose 19 % of packets; many packets are late or duplicated.
test.each([1, 2, 3, 4, 5])('seed %d: a megabyte each way over links that lose 19 %', async (seed) => {
  const net = new VirtualInternet({ seed })
  const ends = await twoEnds(net, terrible)
  await net.run(async () => {
    const [a, b] = await Promise.all([open(ends[0], ends[1], 'client'), open(ends[1], ends[0], 'server')])
    const data = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff))
    a.end(data)
    b.end(data)
    const [up, down] = await Promise.all([readAll(b), readAll(a)])
    expect([up.equals(data), down.equals(data)]).toEqual([true, true])
    await Promise.all([closed(a), closed(b)])
    expect([a.errored, b.errored]).toEqual([null, null])
  })
})

test('data flows at once, also to an end that opens its stream later', async () => {
  const net = new VirtualInternet()
  const ends = await twoEnds(net, { delayMs: 25 })
  await net.run(async () => {
    const start = net.clock.now()
    const a = await open(ends[0], ends[1], 'client')
    a.write('early')
    await new Promise((resolve) => ends[1].socket.onMessage(resolve))
    const b = await open(ends[1], ends[0], 'server')
    expect(String(await new Promise((resolve) => b.once('data', resolve)))).toBe('early')
    expect(net.clock.now() - start).toBe(50)
    b.destroy()
    a.resume()
    await Promise.all([closed(a), closed(b)])
  })
})

test('datagrams pass beside the stream; the stream’s packets do not start with their bytes', async () => {
  const net = new VirtualInternet()
  const ends = await twoEnds(net, {})
  await net.run(async () => {
    const [a, b] = await Promise.all([open(ends[0], ends[1], 'client'), open(ends[1], ends[0], 'server')])
    const heard: number[] = []
    ends[1].socket.onMessage((data) => heard.push(data[0] ?? -1))
    ends[0].socket.send(Uint8Array.of(0xe0, 1, 2), ends[1].socket.local)
    a.end('stream')
    expect(String(await readAll(b))).toBe('stream')
    expect(heard.filter((first) => first !== 0xff)).toEqual([0xe0])
    b.end()
    a.resume()
    await Promise.all([closed(a), closed(b)])
  })
})

test('a peer that is gone ends the stream: with data in 14 s, idle in a minute', async () => {
  for (const [text, seconds] of [
    ['unanswered', 14],
    ['', 60],
  ] as const) {
    const net = new VirtualInternet()
    const ends = await twoEnds(net, {})
    await net.run(async () => {
      const a = await open(ends[0], ends[1], 'client')
      ends[1].socket.close()
      const start = net.clock.now()
      if (text !== '') a.write(text)
      await closed(a)
      expect(a.errored).toMatchObject({ code: 'UDX_TIMEOUT' })
      expect(net.clock.now() - start).toBeLessThanOrEqual(seconds * 1000)
    })
  }
})

test('destroying an end closes the other', async () => {
  const net = new VirtualInternet()
  const ends = await twoEnds(net, { delayMs: 25 })
  await net.run(async () => {
    const [a, b] = await Promise.all([open(ends[0], ends[1], 'client'), open(ends[1], ends[0], 'server')])
    a.write('last words')
    a.destroy()
    const heard = readAll(b)
    await closed(b)
    expect(b.errored).toMatchObject({ code: 'UDX_RESET' })
    await Promise.race([heard, closed(a)])
  })
})
