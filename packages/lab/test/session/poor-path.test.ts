import { expect, test } from '@jest/globals'
import type { LinkSettings, VirtualHost, VirtualInternet } from '@p2pd/lab'
import { pairOf, wait, withNodes } from '../connect/testbed.ts'

/** A line of 1 Mbit/s with a long queue, and one that is a little longer. */
const near: LinkSettings = { delayMs: 12.5, bitsPerSecond: 1_000_000, queueMs: 2000 }
const far: LinkSettings = { ...near, delayMs: 25 }
/** A packet with its headers takes 8 ms of the line. */
const PACKET = new Uint8Array(960)
const PACKET_MS = 8

/** Alice has both lines, and shares the first with a neighbour. */
function neighbours(net: VirtualInternet): readonly VirtualHost[] {
  const lines = [near, far].map((link) => net.box({ kind: 'open' }, { link }))
  const alice = net.host({ name: 'alice', behind: lines })
  const bob = net.host({ name: 'bob', behind: [net.box({ kind: 'open' }, { link: { delayMs: 12.5 } })] })
  return [alice, bob, net.host({ name: 'neighbour', behind: lines.slice(0, 1) })]
}

/** Fills the queue of the line to 800 ms, and keeps it there for some minutes. */
async function load(net: VirtualInternet, neighbour: VirtualHost): Promise<void> {
  const socket = await neighbour.network.bindUdp({ local: { ip: neighbour.addresses[0] ?? '', port: 0 } })
  const send = () => socket.send(PACKET, { ip: '5.250.0.1', port: 9 })
  for (let packets = 0; packets < 100; packets++) send()
  const until = net.clock.now() + 300_000
  const next = () => {
    send()
    if (net.clock.now() < until) net.clock.at(net.clock.now() + PACKET_MS, next)
  }
  next()
}

test.each([
  ['idle', 0],
  ['in use', 1000],
] as const)(
  'G2: a path becomes slow though nothing of the network has changed: an %s pipe moves to a better one, once',
  (_, everyMs) =>
    withNodes({ hosts: neighbours, echo: false }, async (testbed) => {
      const { net, hosts } = testbed
      const [alice, bob] = pairOf(testbed)
      bob.onPipe((pipe) => pipe.stream.resume())
      const pipe = await alice.connect(bob.id)
      const events: string[] = []
      pipe.onPathChange(({ type }) => void events.push(type))
      const [first, second] = hosts[0]?.addresses ?? []
      expect(pipe.connection.local.ip).toBe(first)
      let isOver = false
      if (everyMs > 0) {
        const say = () => {
          if (isOver) return
          void pipe.send('x')
          net.clock.at(net.clock.now() + everyMs, say)
        }
        say()
      }
      await wait(net.clock, 60_000)
      expect(events).toEqual([])
      await load(net, hosts[2] as VirtualHost)
      await wait(net.clock, 120_000)
      expect(pipe.connection.local.ip).toBe(second)
      await wait(net.clock, 400_000)
      expect(events).toEqual(['path'])
      isOver = true
      await pipe.close()
    }),
)
