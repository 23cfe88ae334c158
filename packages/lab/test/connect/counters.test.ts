import { expect, test } from '@jest/globals'
import { findPreset, type HostOptions } from '@p2pd/lab'
import type { Node } from '@p2pd/node'
import { runNetcheck } from '../../bench/nat-lab.ts'
import { withOthers } from '../../src/matrix/cell.ts'
import { far, pairOf, withNodes } from './testbed.ts'

const counter = findPreset('shared-counter')?.settings ?? { kind: 'open' as const }
/** A host behind a counter that serves both protocols and other hosts. */
const counted: HostOptions = far({ nat: withOthers(counter, 2) }, { jitterMs: 20, loss: 0.01 })
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8]

/** Whether a call to this node needed a second offer. */
function offeredAgain(node: Node): boolean {
  return node.counters().some(({ name, labels }) => name === 'offers' && labels.attempt === '1')
}

test('I1: fault 2: two counters that serve UDP, TCP and other hosts: first attempt, soon after the start', async () => {
  const times: number[] = []
  const again: number[] = []
  for (const seed of SEEDS) {
    const hosts = [counted, counted]
    await withNodes({ seed, stun: 'IPv4', hosts, idleMs: 100 }, async (testbed) => {
      const [caller, peer] = pairOf(testbed)
      times.push((await caller.connect(peer.id)).connection.elapsedMs)
      if (offeredAgain(peer)) again.push(seed)
    })
  }
  expect(again).toEqual([])
  expect(times.sort((a, b) => a - b)[SEEDS.length / 2]).toBeLessThan(600)
})

test('I1: fault 2: two calls at once behind one counter both connect at the first attempt', () =>
  withNodes({ seed: 3, stun: 'IPv4', hosts: [counted, counted, counted], idleMs: 100 }, async ({ nodes }) => {
    const [caller, ...peers] = nodes as readonly [Node, ...Node[]]
    const pipes = await Promise.all(peers.map((peer) => caller.connect(peer.id)))
    expect(pipes.map(({ connection }) => connection.strategy)).toEqual([
      expect.stringMatching('punch'),
      expect.stringMatching('punch'),
    ])
    expect(peers.map(offeredAgain)).toEqual([false, false])
  }))

test('I1: fault 2: netcheck finds the step of a counter that its own probes of both protocols move', async () => {
  for (const path of ['clean', 'noisy'] as const) {
    const { nat } = await runNetcheck({ settings: counter, seed: 1, path })
    const found = { type: 'symmetric', delta: { type: 'independent', value: 1 }, sharedCounter: true }
    expect(nat).toEqual({ udp: expect.objectContaining(found), tcp: expect.objectContaining(found) })
  }
  const apart = findPreset('symmetric-independent')?.settings ?? counter
  const { nat } = await runNetcheck({ settings: apart, seed: 1, path: 'noisy' })
  expect([nat.udp.sharedCounter, nat.tcp.sharedCounter]).toEqual([false, false])
})
