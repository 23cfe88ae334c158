import { expect, test } from '@jest/globals'
import { presets, type VirtualHost, type VirtualInternet } from '@p2pd/lab'
import type { PeerPipe } from '@p2pd/node'
import { pairOf, wait, withNodes } from '../connect/testbed.ts'
import { TAG } from '../hosts/selective-repeat.ts'

const MINUTE_MS = 60_000
/** Many times the lifetimes below. */
const IDLE_MINUTES = 50
const link = { delayMs: 12.5 }

/** Two hosts behind NATs that forget an idle UDP mapping; `count` is called for each packet with bytes of a path. */
function hostsBehind(net: VirtualInternet, idleMs: number, count: () => void): readonly VirtualHost[] {
  const nat = { ...presets['port-restricted-preserving'], lifetimes: { idleMs } } as const
  return ['alice', 'bob'].map((name) => {
    const host = net.host({ name, nat, link })
    const bind = host.network.bindUdp.bind(host.network)
    host.network.bindUdp = async (options) => {
      const socket = await bind(options)
      const send = socket.send.bind(socket)
      socket.send = (data, to) => {
        if (data[0] === TAG && data[1] === 0) count()
        send(data, to)
      }
      return socket
    }
    return host
  })
}

test.each([
  [40_000, 6],
  [120_000, 2],
] as const)(
  'sparing, a NAT that forgets after %d ms: the pipe lives through 50 idle minutes, at %d packets a minute at most',
  (idleMs, most) => {
    let packets = 0
    const hosts = (net: VirtualInternet) => hostsBehind(net, idleMs, () => void packets++)
    return withNodes({ hosts, stun: 'IPv4', echo: false, keepAlive: 'sparing' }, async (testbed) => {
      const { net } = testbed
      const [alice, bob] = pairOf(testbed)
      const accepted = new Promise<PeerPipe>((resolve) => bob.onPipe(resolve))
      const pipe = await alice.connect(bob.id, { strategies: ['udp-punch'] })
      const events: string[] = []
      pipe.onPathChange(({ type }) => void events.push(type))
      await wait(net.clock, 5 * MINUTE_MS) // The lifetime is measured in this time.
      packets = 0
      await wait(net.clock, IDLE_MINUTES * MINUTE_MS)
      expect(packets / IDLE_MINUTES).toBeLessThanOrEqual(most)
      expect(packets).toBeGreaterThan(0)
      await pipe.send(new Uint8Array([1]))
      expect((await (await accepted).recv({ timeoutMs: 5000 }))?.data).toHaveLength(1)
      expect(events).toEqual([])
    })
  },
)
