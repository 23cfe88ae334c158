import { expect, test } from '@jest/globals'
import { settle } from '@p2pd/netif/testing'
import { presets } from '../presets.ts'
import type { LinkSettings } from '../link.ts'
import { createVirtual, VirtualInternet } from './virtual-internet.ts'
import type { VirtualHost } from './virtual-host.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const lossy: LinkSettings = { delayMs: 10, jitterMs: 8, loss: 0.05, reorder: 0.05, duplicate: 0.05 }

/** A run with UDP, TCP and ICMP, over bad links. */
async function story(seed: number): Promise<readonly string[]> {
  const net = new VirtualInternet({ seed, trace: true })
  const server = net.host({ link: lossy })
  const hosts = [presets.home, presets.carrier, presets.corporate].map((nat) =>
    net.host({ nat, link: lossy }),
  )
  await net.run(async () => {
    const udp = await server.network.bindUdp({ local: { ip: server.ip, port: 3478 } })
    udp.onMessage((data, from) => udp.send(data, from))
    const tcp = await server.network.listenTcp({ local: { ip: server.ip, port: 3478 } })
    tcp.onConnection(({ stream }) => stream.pipe(stream))
    await Promise.all(hosts.map((host) => visit(host, server)))
  })
  return net.trace
}

async function visit(host: VirtualHost, server: VirtualHost): Promise<void> {
  const remote = { ip: server.ip, port: 3478 }
  const socket = await host.network.bindUdp({ local: { ip: '0.0.0.0', port: 0 } })
  socket.send(host.random(20), remote)
  const { stream } = await host.network.dial({ remote })
  stream.end(host.random(5000))
  let length = 0
  for await (const chunk of stream) length += (chunk as Uint8Array).length
  expect(length).toBe(5000)
}

test('the same seed gives the same packets, another seed others', async () => {
  const [first, again, other] = [await story(7), await story(7), await story(8)]
  expect(first.length).toBeGreaterThan(100)
  expect(again).toEqual(first)
  expect(other).not.toEqual(first)
})

test('time passes in run alone, and from event to event', async () => {
  const net = new VirtualInternet()
  const times: number[] = []
  for (const time of [3_600_000, 5, 5, 7]) net.clock.at(time, () => times.push(time))
  expect(net.clock.now()).toBe(0)
  await net.advance(6)
  expect([net.clock.now(), times]).toEqual([6, [5, 5]])
  await net.advance(3_600_000)
  expect(times).toEqual([5, 5, 7, 3_600_000])
})

test('a run that can never end says so', async () => {
  const net = new VirtualInternet()
  const forever = new Promise(() => {})
  await expect(net.run(forever)).rejects.toMatchObject({ code: 'LAB_STALLED' })
  const tick = () => net.clock.at(net.clock.now() + 1000, tick)
  tick()
  await expect(net.run(forever, { limitMs: 60_000 })).rejects.toMatchObject({ code: 'LAB_STALLED' })
  await expect(net.run(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
})

test('time stands still while it is held', async () => {
  const net = new VirtualInternet()
  let ticks = 0
  const tick = () => net.clock.at(net.clock.now() + 1, () => void (ticks++, tick()))
  await net.run(async () => {
    tick()
    // Each turn of the event loop would move the clock.
    const turns = async () => {
      for (let turn = 0; turn < 100; turn++) await settle()
    }
    await net.hold(turns())
    expect([ticks, net.clock.now()]).toEqual([0, 0])
    await expect(net.hold(Promise.reject(new Error('mine')))).rejects.toThrow('mine')
  })
})

test('hosts look like real ones', async () => {
  const net = new VirtualInternet()
  const host = net.host({ nat: presets.home, families: ['IPv4', 'IPv6'] })
  const [lo, eth0] = await net.run(host.network.interfaces())
  expect(lo).toMatchObject({ type: 'loopback', default: { IPv4: false } })
  expect(eth0).toMatchObject({
    name: 'eth0',
    up: true,
    default: { IPv4: true, IPv6: true },
    addresses: [
      { family: 'IPv4', ip: host.ip, prefixLength: 24, scope: 'private' },
      { family: 'IPv6', scope: 'global', prefixLength: 64 },
    ],
    gateways: [{ family: 'IPv4', ip: '192.168.1.1' }, { family: 'IPv6' }],
  })
  expect(JSON.parse(JSON.stringify(eth0))).toEqual(eth0)
})

test('a host with two NICs uses the other one when the first is down', async () => {
  const net = new VirtualInternet()
  const [one, two] = [net.box(presets['full-cone-equal']), net.box(presets['full-cone-equal'])]
  const host = net.host({ behind: [one, two] })
  const server = net.host()
  const seen: string[] = []
  await net.run(async () => {
    const at = await server.network.bindUdp({ local: { ip: server.ip, port: 1000 } })
    at.onMessage((_, from) => seen.push(from.ip))
    const send = async (interfaceName?: string) => {
      const local = { ip: '0.0.0.0', port: 0 }
      const socket = await host.network.bindUdp({ local, ...(interfaceName && { interfaceName }) })
      socket.send(bytes('x'), at.local)
      await net.advance(100)
    }
    await send()
    await send('eth1')
    host.setNic('eth0', 'down')
    await send()
    const nics = await host.network.interfaces()
    expect(nics.map((nic) => nic.default.IPv4)).toEqual([false, false, true])
  })
  const [first, second] = [one.external[0], two.external[0]]
  expect(seen).toEqual([first, second, second])
})

test('names resolve in a round trip, for the family asked', async () => {
  const net = createVirtual({
    hosts: [{ name: 'alice' }, { name: 'web', families: ['IPv4', 'IPv6'] }],
    names: { 'web.example': ['web'] },
  })
  const { network } = net.findHost('alice')
  const [ip4, ip6] = net.findHost('web').addresses
  expect(await net.run(network.resolve('WEB.example'))).toEqual([ip4, ip6])
  expect(net.clock.now()).toBe(10)
  expect(await net.run(network.resolve('web', { family: 'IPv6' }))).toEqual([ip6])
  expect(await net.run(network.resolve('192.0.2.7'))).toEqual(['192.0.2.7'])
  await expect(net.run(network.resolve('nobody.example'))).rejects.toMatchObject({ code: 'NETIF_RESOLVE' })
  const impatient = network.resolve('web', { timeoutMs: 3 })
  await expect(net.run(impatient)).rejects.toMatchObject({ code: 'NETIF_TIMEOUT' })
})

test('the broker delivers after the way there and back, and keeps what is retained', async () => {
  const net = new VirtualInternet()
  const [alice, bob] = [net.host({ link: { delayMs: 20 } }), net.host({ link: { delayMs: 30 } })]
  const broker = net.broker({ delayMs: 1 })
  const [a, b] = [broker.connect(alice), broker.connect(bob)]
  const heard: [number, string, boolean][] = []
  const hear = (data: Uint8Array, retained: boolean) =>
    void heard.push([net.clock.now(), new TextDecoder().decode(data), retained])
  await net.run(async () => {
    const stop = await b.subscribe('t', hear)
    expect(net.clock.now()).toBe(62)
    await a.publish('t', bytes('hi'), { retain: true })
    expect(net.clock.now()).toBe(104)
    await net.advance(100)
    stop()
    await a.publish('t', bytes('unheard'))
    await b.subscribe('t', hear)
    await net.advance(100)
    broker.up = false
    await a.publish('t', bytes('lost'))
    await net.advance(100)
  })
  expect(heard.map(([, text, retained]) => [text, retained])).toEqual([
    ['hi', false],
    ['hi', true],
  ])
  expect(heard[0]?.[0]).toBe(62 + 21 + 31)
})

test('pings go through NATs', async () => {
  const net = new VirtualInternet()
  const [host, server] = [net.host({ nat: presets.home }), net.host()]
  expect(await net.run(host.ping(server.ip))).toBe(2 * (1 + 5 + 5))
})

test('a thousand pairs open TCP simultaneously, in one process and at one time', async () => {
  const net = new VirtualInternet()
  const port = 4000
  const pair = async () => {
    const [a, b] = [net.host({ nat: presets.home }), net.host({ nat: presets.home })]
    const dial = (from: VirtualHost, to: VirtualHost) =>
      from.network.dial({ local: { ip: from.ip, port }, remote: { ip: to.box?.external[0] ?? '', port } })
    const [atA, atB] = await Promise.all([dial(a, b), dial(b, a)])
    atA.stream.end('hello')
    atB.stream.end()
    const [text] = (await atB.stream.toArray()) as [Uint8Array]
    return new TextDecoder().decode(text)
  }
  const texts = await net.run(() => Promise.all(Array.from({ length: 1000 }, pair)))
  expect(texts.filter((text) => text === 'hello')).toHaveLength(1000)
  expect(net.clock.now()).toBeLessThan(100)
})
