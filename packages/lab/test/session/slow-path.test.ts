import { expect, test } from '@jest/globals'
import type { LinkSettings } from '@p2pd/lab'
import type { PeerPipe } from '@p2pd/node'
import { pairOf, type Testbed, wait, withNodes } from '../connect/testbed.ts'
import { transfer } from '../hosts/transfer.ts'

/** An access line whose buffer of 256 KiB takes 4.2 s to drain. */
const slow: LinkSettings = { delayMs: 12.5, bitsPerSecond: 500_000, queueMs: 4194 }
const fast: LinkSettings = { delayMs: 12.5, bitsPerSecond: 8_000_000 }

/** Seeds of the virtual Internet; `P2PD_SESSION_ROUNDS` asks for more. */
const SEEDS = Array.from({ length: Number(process.env['P2PD_SESSION_ROUNDS'] ?? 1) }, (_, index) => index + 1)

/** Runs a test on both ends of a pipe, of which the first is behind a line. */
function withLine(
  link: LinkSettings,
  seed: number,
  play: (testbed: Testbed, pipes: readonly [PeerPipe, PeerPipe], losses: string[]) => Promise<void>,
): Promise<void> {
  const hosts = [link, fast].map((own) => ({ nat: { kind: 'open' }, link: own }) as const)
  return withNodes({ hosts, echo: false, seed }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    const accepted = new Promise<PeerPipe>((resolve) => bob.onPipe(resolve))
    const pipes = [await alice.connect(bob.id), await accepted] as const
    const losses: string[] = []
    for (const node of [alice, bob]) {
      node.onEvent((event) => {
        if (event.type === 'suspended') losses.push(event.reason)
      })
    }
    await play(testbed, pipes, losses)
  })
}

/** Writes as fast as the path takes it. */
function fill({ stream }: PeerPipe): void {
  const chunk = Buffer.alloc(65_536)
  const write = () => {
    while (stream.write(chunk));
  }
  stream.on('drain', write)
  write()
}

test.each(SEEDS)(
  'G3: 1 MB each way over a line whose buffer takes 4 s to drain: slow is not silent (seed %d)',
  (seed) =>
    withLine(slow, seed, async (_, pipes, losses) => {
      const { sent, arrived } = await transfer(pipes, 1_000_000)
      expect(arrived).toEqual(sent)
      expect(losses).toEqual([])
    }),
)

test.each([
  ['8 Mbit/s', fast, 3000],
  ['0.5 Mbit/s and a buffer of 4 s', slow, 10_000],
] as const)('G3: a line of %s is cut under bulk data: the sender notices in time', (_, link, limitMs) =>
  withLine(link, 1, async ({ net, hosts }, pipes, losses) => {
    pipes[1].stream.resume()
    fill(pipes[0])
    await wait(net.clock, 10_000)
    expect(losses).toEqual([])
    const line = hosts[0]?.box?.link
    if (line !== undefined) line.up = false
    await wait(net.clock, limitMs)
    expect(losses).toContain('the path before fell silent')
  }),
)
