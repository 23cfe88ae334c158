import { expect, test } from '@jest/globals'
import type { LinkSettings } from '../../link.ts'
import { presets } from '../../presets.ts'
import type { VirtualHost } from '../virtual-host.ts'
import { VirtualInternet } from '../virtual-internet.ts'

/** Two hosts; bob echoes on some ports. */
async function start(ports: readonly number[] = [80], link: LinkSettings = {}) {
  const net = new VirtualInternet({ seed: 1 })
  const [alice, bob] = [net.host({ link }), net.host({ link })]
  for (const port of ports) {
    const listener = await bob.network.listenTcp({ local: { ip: bob.ip, port } })
    listener.onConnection(({ stream }) => stream.pipe(stream))
  }
  const at = (host: VirtualHost, port: number) => ({ ip: host.ip, port })
  const dial = (localPort: number, port: number, signal?: AbortSignal) => {
    const ends = { local: at(alice, localPort), remote: at(bob, port) }
    return alice.network.dial({ ...ends, ...(signal && { signal }) })
  }
  return { net, alice, bob, dial, at }
}

test('several dials share a port; the same ends twice do not', async () => {
  const { net, dial } = await start([80, 81])
  const [one, two] = await net.run(Promise.all([dial(4000, 80), dial(4000, 81)]))
  expect([one.local.port, two.local.port]).toEqual([4000, 4000])
  await expect(net.run(dial(4000, 80))).rejects.toMatchObject({ code: 'NETIF_ADDRESS_NOT_AVAILABLE' })
})

test('dial first, then listen works; listen first, then dial does not', async () => {
  const { net, alice, bob, dial, at } = await start()
  await net.run(dial(4000, 80))
  const listener = await net.run(alice.network.listenTcp({ local: at(alice, 4000) }))
  const accepted = new Promise((resolve) => listener.onConnection(resolve))
  await net.run(Promise.all([bob.network.dial({ remote: at(alice, 4000) }), accepted]))
  await expect(net.run(dial(4000, 80))).rejects.toMatchObject({ code: 'NETIF_ADDRESS_IN_USE' })
})

test('a closed connection holds its ends for a minute on the side that closed first', async () => {
  const { net, dial } = await start()
  const { stream } = await net.run(dial(4000, 80))
  stream.resume().end()
  await net.advance(50_000)
  await expect(net.run(dial(4000, 80))).rejects.toMatchObject({ code: 'NETIF_ADDRESS_NOT_AVAILABLE' })
  await net.advance(11_000)
  expect((await net.run(dial(4000, 80))).local.port).toBe(4000)
})

test('a dial without an answer fails after 127 s, or by its signal', async () => {
  const { net, alice } = await start()
  const remote = { ip: net.host({ nat: presets.home }).box?.external[0] as string, port: 80 }
  await expect(net.run(alice.network.dial({ remote }))).rejects.toMatchObject({ code: 'NETIF_TIMEOUT' })
  expect(net.clock.now()).toBe(127_000)
  const controller = new AbortController()
  net.clock.at(net.clock.now() + 500, () => controller.abort())
  const bounded = net.run(alice.network.dial({ remote, signal: controller.signal }))
  await expect(bounded).rejects.toMatchObject({ code: 'NETIF_ABORTED' })
  expect(net.clock.now()).toBe(127_500)
})

test('an abandoned dial leaves its port free', async () => {
  const { net, alice, dial } = await start()
  const nobody = { ip: '5.5.77.77', port: 80 }
  const controller = new AbortController()
  const local = { ip: alice.ip, port: 4000 }
  const dialled = alice.network.dial({ local, remote: nobody, signal: controller.signal })
  controller.abort()
  await expect(net.run(dialled)).rejects.toMatchObject({ code: 'NETIF_ABORTED' })
  const listener = await net.run(alice.network.listenTcp({ local }))
  await net.run(listener.close())
  expect((await net.run(dial(4000, 80))).local.port).toBe(4000)
})

test('a megabyte comes back over a bad link', async () => {
  const link = { delayMs: 20, jitterMs: 5, loss: 0.02, reorder: 0.02, duplicate: 0.02 }
  const { net, dial } = await start([80], link)
  const sent = Buffer.from(Uint8Array.from({ length: 1 << 20 }, (_, i) => i ^ (i >> 8)))
  const chunks: Buffer[] = []
  await net.run(async () => {
    const { stream } = await dial(4000, 80)
    stream.end(sent)
    for await (const chunk of stream) chunks.push(chunk as Buffer)
  })
  expect(Buffer.concat(chunks).equals(sent)).toBe(true)
})

test('a fast line is filled: 10 Mbit/s at 40 ms', async () => {
  const { net, dial } = await start([80], { delayMs: 10, bitsPerSecond: 10e6 })
  await net.run(async () => {
    const { stream } = await dial(4000, 80)
    stream.end(Buffer.alloc(3e6))
    await stream.resume().toArray()
  })
  const megabits = (3 * 8) / (net.clock.now() / 1000)
  expect(megabits).toBeGreaterThan(6)
  expect(megabits).toBeLessThan(10)
})

test('a reader that stops stops the writer', async () => {
  const net = new VirtualInternet()
  const [alice, bob] = [net.host(), net.host()]
  const listener = await bob.network.listenTcp({ local: { ip: bob.ip, port: 80 } })
  const accepted = new Promise<NodeJS.ReadableStream>((resolve) =>
    listener.onConnection(({ stream }) => resolve(stream.pause())),
  )
  const { stream } = await net.run(alice.network.dial({ remote: listener.local }))
  let written = 0
  const write = () => {
    while (stream.write(Buffer.alloc(10_000))) written += 10_000
  }
  stream.on('drain', write)
  write()
  await net.advance(120_000)
  const before = written
  expect(before).toBeLessThan(1e6)
  const reader = await accepted
  reader.resume()
  await net.advance(1000)
  expect(written).toBeGreaterThan(before + 1e6)
  stream.destroy()
  await net.advance(1000)
})

test('a NIC that goes down breaks connections by silence alone', async () => {
  const { net, bob, dial } = await start()
  const { stream } = await net.run(dial(4000, 80))
  const failed = new Promise<Error>((resolve) => stream.on('error', resolve))
  bob.setNic('eth0', 'down')
  stream.write('x')
  expect(await net.run(failed)).toMatchObject({ code: 'NETIF_TIMEOUT' })
  expect(net.clock.now()).toBeGreaterThan(600_000)
})
