import { expect, test } from '@jest/globals'
import { presets } from '@p2pd/lab'
import type { PeerPipe } from '@p2pd/node'
import { pairOf, type Testbed, wait, withNodes } from '../connect/testbed.ts'

const link = { delayMs: 12.5, bitsPerSecond: 8_000_000 }
const STRATEGIES = ['direct', 'tcp-punch', 'udp-punch'] as const
type Strategy = (typeof STRATEGIES)[number]

/**
 * Runs a test on the two ends of a pipe by a strategy. The test gets a function that takes the line away from the peer,
 * without a word.
 */
function withPipe(
  strategy: Strategy,
  play: (testbed: Testbed, pipes: readonly [PeerPipe, PeerPipe], cut: () => void) => Promise<void>,
): Promise<void> {
  const nat = strategy === 'direct' ? ({ kind: 'open' } as const) : presets['port-restricted-preserving']
  const hosts = [
    { nat, link },
    { nat, link },
  ]
  return withNodes({ hosts, stun: 'IPv4', echo: false }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    const accepted = new Promise<PeerPipe>((resolve) => bob.onPipe(resolve))
    const pipes = [await alice.connect(bob.id, { strategies: [strategy] }), await accepted] as const
    await play(testbed, pipes, () => {
      const line = testbed.hosts[1]?.box?.link
      if (line === undefined) throw new Error('no line')
      line.up = false
    })
  })
}

/** The time until the pipe notices that its path is dead. */
function noticed({ net }: Testbed, pipe: PeerPipe): Promise<number> {
  const startedAt = net.clock.now()
  return new Promise((resolve) => {
    pipe.onPathChange(({ type }) => {
      if (type === 'suspended') resolve(net.clock.now() - startedAt)
    })
  })
}

test.each(STRATEGIES)(
  'I1: fault 5, G3: %s, idle: both ends notice within 15 s that the path is dead',
  (strategy) =>
    withPipe(strategy, async (testbed, pipes, cut) => {
      await wait(testbed.net.clock, 30_000)
      cut()
      for (const afterMs of await Promise.all(pipes.map((pipe) => noticed(testbed, pipe)))) {
        expect(afterMs).toBeLessThanOrEqual(15_000)
      }
    }),
)

test.each(STRATEGIES)('I1: fault 5, G3: %s, while sending: the sender notices within 3 s', (strategy) =>
  withPipe(strategy, async (testbed, pipes, cut) => {
    const [{ stream }] = pipes
    const { clock } = testbed.net
    let isSending = true
    const send = async () => {
      for (; isSending; await wait(clock, 100)) stream.write(Buffer.alloc(1000))
    }
    void send()
    pipes[1].stream.resume()
    await wait(clock, 2000)
    cut()
    expect(await noticed(testbed, pipes[0])).toBeLessThanOrEqual(3000)
    isSending = false
  }),
)
