import { expect, test } from '@jest/globals'
import { findPreset, type HostOptions, type NatSettings } from '@p2pd/lab'
import { far, pairOf, withNodes } from '../connect/testbed.ts'

const LINE = { jitterMs: 20, loss: 0.01 }
const SEEDS = [1, 2, 3, 4, 5]

/** The settings of a preset that is a NAT. */
function natOf(name: string): NatSettings {
  const settings = findPreset(name)?.settings
  if (settings === undefined || 'kind' in settings) throw new Error(`${name} is not a NAT`)
  return settings
}

/** A host behind random ports of one block of this size. */
function block(blockSize: number): HostOptions {
  const nat = natOf('port-block')
  return far({ nat: { ...nat, ports: { ...nat.ports, blockSize } } }, LINE)
}

test('I1: fault 3: a block of 2,048 random ports against a port filter: first attempt, within a second', async () => {
  const times: number[] = []
  const again: number[] = []
  for (const seed of SEEDS) {
    const hosts = [block(2048), far({ nat: natOf('home') }, LINE)]
    await withNodes({ seed, stun: 'IPv4', hosts, idleMs: 100 }, async (testbed) => {
      const [caller, peer] = pairOf(testbed)
      times.push((await caller.connect(peer.id)).connection.elapsedMs)
      if (peer.counters().some(({ name, labels }) => name === 'offers' && labels.attempt === '1'))
        again.push(seed)
    })
  }
  expect(again).toEqual([])
  expect(times.sort((a, b) => a - b)[2]).toBeLessThan(1000)
  expect(Math.max(...times)).toBeLessThan(3000)
})
