import { afterAll, expect, test } from '@jest/globals'
import type { PresetName } from '@p2pd/lab'
import { KernelPairs } from '../../src/matrix/kernel-pairs.ts'
import { describeKernel, lazy } from '../kernel/lab.ts'

/** One preset of each type, and two mixes. */
const names: readonly PresetName[] = [
  'open-equal',
  'udp-firewall-equal',
  'restricted-random',
  'home',
  'symmetric-equal',
  'symmetric-independent',
  'symmetric-dependent',
  'carrier',
]
/** Gives a round trip of 40 ms between two hosts. */
const link = { delayMs: 10, jitterMs: 2 }
const SEED = 11

describeKernel(`punching through real kernels, seed ${SEED}`, () => {
  const pairs = lazy(() => KernelPairs.create({ presets: names, seed: SEED, link }))
  afterAll(async () => (await pairs()).close())

  for (const protocol of ['udp', 'tcp'] as const) {
    test.each(names)(
      `${protocol}: %s calls every other`,
      async (caller) => {
        const outcomes: Record<string, string> = {}
        for (const peer of names) {
          const { outcome, technique, reason } = await (await pairs()).punch({ protocol, caller, peer })
          outcomes[peer] = outcome === 'failed' ? `${technique}: ${reason}` : outcome
        }
        const possible = (peer: PresetName) => isPossible(protocol, caller, peer)
        expect(outcomes).toEqual(
          Object.fromEntries(names.map((peer) => [peer, possible(peer) ? 'connected' : 'skipped'])),
        )
      },
      60_000,
    )
  }
})

/** Random ports need a peer that filters by address, or UDP and a known mapping. */
function isPossible(protocol: 'udp' | 'tcp', a: PresetName, b: PresetName): boolean {
  if (a !== 'carrier' && b !== 'carrier') return true
  const other = a === 'carrier' ? b : a
  if (['open-equal', 'restricted-random'].includes(other)) return true
  return protocol === 'udp' && ['udp-firewall-equal', 'home'].includes(other)
}
