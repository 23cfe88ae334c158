import { expect, test } from '@jest/globals'
import { presets } from '@p2pd/lab'
import type { PeerPipe } from '@p2pd/node'
import { far, pairOf, wait, withNodes } from '../connect/testbed.ts'
import { cuttable } from '../hosts/cut-brokers.ts'
import { transfer } from '../hosts/transfer.ts'

const DELAY_MS = 12.5

/** One home and a flat, on lines that take 2 s for the bytes of the test. */
const hosts = (['port-restricted-preserving', 'restricted-preserving'] as const).map((nat) => {
  const host = far({ nat: presets[nat] })
  return { ...host, link: { ...host.link, bitsPerSecond: 8_000_000 } }
})

// The node of the smaller id wins glare: it may be either.
test.each([
  [1, 2],
  [2, 1],
])(
  'G1: NATs at both ends forget the path and the broker: both are back within a second of the silence, keys %d and %d',
  (...seeds) => {
    const cuts: (() => void)[] = []
    const keys = seeds.map((byte) => new Uint8Array(32).fill(byte))
    const options = { hosts, keys, stun: 'IPv4', echo: false } as const
    return withNodes(
      {
        ...options,
        tamper: (net, brokers) => {
          for (const broker of brokers) cuts.push(cuttable(net, broker, DELAY_MS))
        },
      },
      async (testbed) => {
        const [alice, bob] = pairOf(testbed)
        const accepted = new Promise<PeerPipe>((resolve) => bob.onPipe(resolve))
        const pipes = [await alice.connect(bob.id), await accepted] as const
        const { clock } = testbed.net
        await wait(clock, 1000)
        const tookMs: number[] = []
        for (const pipe of pipes)
          pipe.onPathChange((event) => void (event.type === 'resumed' && tookMs.push(event.afterMs)))
        clock.at(clock.now() + 500, () => {
          testbed.hosts[0]?.box?.renumber('5.200.0.7')
          testbed.hosts[1]?.box?.restart()
          for (const cut of cuts) cut()
        })
        const { sent, arrived } = await transfer(pipes, 2_000_000)
        expect(arrived).toEqual(sent)
        expect(tookMs).toHaveLength(2)
        // A ping without an answer, a handshake and a subscription, an offer, a punch.
        for (const ms of tookMs) expect(ms).toBeLessThan(1000)
      },
    )
  },
)
