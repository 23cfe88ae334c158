import { expect, test } from '@jest/globals'
import type { VirtualHost, VirtualInternet } from '@p2pd/lab'
import type { PeerPipe } from '@p2pd/node'
import { pairOf, type Testbed, wait, withNodes } from '../connect/testbed.ts'
import { transfer } from '../hosts/transfer.ts'

/** Round trips over the slow line of Alice and over the fast one, to Bob. */
const [SLOW_RTT, FAST_RTT] = [150, 50]
const slow = { delayMs: 62.5, bitsPerSecond: 8_000_000 }
const fast = { delayMs: 12.5, bitsPerSecond: 8_000_000 }

/** Alice has a slow line, and a fast one that is not plugged in yet. Bob has a fast one. */
function twoLines(net: VirtualInternet, isCut = false): readonly VirtualHost[] {
  const lines = [slow, fast].map((link) => net.box({ kind: 'open' }, { link }))
  const line = lines[1]?.link
  if (isCut && line !== undefined) line.up = false
  const alice = net.host({ name: 'alice', behind: lines })
  alice.setNic('eth1', 'down')
  return [alice, net.host({ name: 'bob', behind: [net.box({ kind: 'open' }, { link: fast })] })]
}

/** Half a minute of messages. */
const MAX_MESSAGES = 3000

interface Ends {
  readonly pipes: readonly [PeerPipe, PeerPipe]
  readonly events: readonly string[]
}

async function connect(testbed: Testbed): Promise<Ends> {
  const [alice, bob] = pairOf(testbed)
  const accepted = new Promise<PeerPipe>((resolve) => bob.onPipe(resolve))
  const pipes = [await alice.connect(bob.id), await accepted] as const
  const events: string[] = []
  pipes.forEach((pipe, index) =>
    pipe.onPathChange(({ type }) => void events.push(`${index === 0 ? 'alice' : 'bob'}: ${type}`)),
  )
  return { pipes, events }
}

/**
 * Sends a numbered message every 10 ms until `isSo` holds, and a second longer. Returns the longest silence at the
 * other end, once all messages have come, in order.
 */
async function longestSilence(
  { net }: Testbed,
  [from, to]: Ends['pipes'],
  isSo: () => boolean,
): Promise<number> {
  const arrivals: number[] = []
  const numbers: number[] = []
  const stop = to.onMessage((data) => {
    arrivals.push(net.clock.now())
    for (let at = 0; at + 4 <= data.length; at += 4) numbers.push(Buffer.from(data).readUInt32BE(at))
  })
  let [count, end] = [0, MAX_MESSAGES]
  for (; count < end; count++) {
    if (end === MAX_MESSAGES && isSo()) end = count + 100
    const message = Buffer.alloc(4)
    message.writeUInt32BE(count)
    await from.send(message)
    await wait(net.clock, 10)
  }
  await wait(net.clock, 2 * SLOW_RTT)
  stop()
  expect(numbers).toEqual(Array.from({ length: count }, (_, number) => number))
  return Math.max(...arrivals.slice(1).map((at, index) => at - (arrivals[index] ?? 0)))
}

test('G2: a faster line appears: the pipe moves to it without a pause, and back when it dies', () =>
  withNodes({ hosts: (net) => twoLines(net), echo: false }, async (testbed) => {
    const ends = await connect(testbed)
    await wait(testbed.net.clock, 1000)
    expect(ends.pipes[0].connection.rttMs).toBeCloseTo(SLOW_RTT, -1)
    testbed.hosts[0]?.setNic('eth1', 'up')
    const isMoved = () => ends.events.length >= 2
    expect(await longestSilence(testbed, ends.pipes, isMoved)).toBeLessThanOrEqual(FAST_RTT)
    expect(ends.events).toEqual(['bob: path', 'alice: path'])
    expect(ends.pipes[0].connection.rttMs).toBeCloseTo(FAST_RTT, -1)
    testbed.hosts[0]?.setNic('eth1', 'down')
    await longestSilence(testbed, ends.pipes, () => ends.events.includes('alice: resumed'))
    expect(ends.pipes[0].connection.rttMs).toBeCloseTo(SLOW_RTT, -1)
    expect(ends.events.slice(2)).toEqual(expect.arrayContaining(['alice: suspended', 'alice: resumed']))
  }))

test('G2: a faster line appears while 2 MB travel each way: everything arrives, nothing is suspended', () =>
  withNodes({ hosts: (net) => twoLines(net), echo: false }, async (testbed) => {
    const ends = await connect(testbed)
    testbed.net.clock.at(testbed.net.clock.now() + 500, () => testbed.hosts[0]?.setNic('eth1', 'up'))
    const { sent, arrived } = await transfer(ends.pipes, 2_000_000)
    expect(arrived).toEqual(sent)
    expect(ends.events).toEqual(['bob: path', 'alice: path'])
  }))

test('G2: a line that leads nowhere appears: the pipe stays where it is', () => {
  const hosts = (net: VirtualInternet) => twoLines(net, true)
  return withNodes({ hosts, echo: false }, async (testbed) => {
    const ends = await connect(testbed)
    await wait(testbed.net.clock, 1000)
    testbed.hosts[0]?.setNic('eth1', 'up')
    await wait(testbed.net.clock, 40_000)
    expect(await longestSilence(testbed, ends.pipes, () => true)).toBeLessThanOrEqual(20)
    expect(ends.events).toEqual([])
    expect(ends.pipes[0].connection.report.length).toBeGreaterThan(1)
  })
})
