/**
 * Calls between nodes that have just started, by pairs of boxes: the share that connects at the first attempt, and the
 * times. `pnpm bench first-attempts`; arguments when run alone: [SEEDS [A B [OTHERS_PER_SECOND]]].
 */
import { findPreset, type HostOptions } from '@p2pd/lab'
import { withOthers } from '../src/matrix/cell.ts'
import { percentile } from '../src/percentile.ts'
import { far, pairOf, withNodes } from '../test/connect/testbed.ts'

const [, , seeds = '20', a, b, others = '2'] = process.argv
const PAIRS = [
  ['shared-counter', 'shared-counter'],
  ['shared-counter', 'home'],
  ['parity-counter', 'shared-counter'],
  ['symmetric-independent', 'symmetric-independent'],
  ['port-block', 'home'],
  ['symmetric-random', 'home'],
] as const
const LINE = { jitterMs: 20, loss: 0.01 }

/** A host behind a preset, with the traffic of other hosts. */
function behind(name: string): HostOptions {
  const preset = findPreset(name)
  if (preset === undefined) throw new Error(`there is no preset ${name}`)
  return far({ nat: withOthers(preset.settings, Number(others)) }, LINE)
}

async function measure(one: string, other: string): Promise<void> {
  const times: number[] = []
  let [first, failed] = [0, 0]
  for (let seed = 1; seed <= Number(seeds); seed++) {
    const hosts = [behind(one), behind(other)]
    await withNodes({ seed, stun: 'IPv4', hosts, idleMs: 100 }, async (testbed) => {
      const [caller, peer] = pairOf(testbed)
      try {
        const { connection } = await caller.connect(peer.id)
        times.push(connection.elapsedMs)
        if (process.env.SHOW) console.log(seed, connection.elapsedMs, connection.strategy)
      } catch (error) {
        failed++
        if (process.env.SHOW) console.log(seed, (error as Error).message)
      }
      const again = peer.counters().some(({ name, labels }) => name === 'offers' && labels.attempt === '1')
      if (!again) first++
    })
  }
  const [p50, p95] = [0.5, 0.95].map((share) => (percentile(times, share) ?? Number.NaN).toFixed(0))
  console.log(
    `${`${one} calls ${other}`.padEnd(48)} first attempt ${first} of ${seeds}, failed ${failed}, p50 ${p50} ms, p95 ${p95} ms`,
  )
}

console.log(`seeds 1 to ${seeds}, others make ${others} mappings a second, 20 ms of jitter, 1 % of loss`)
if (a !== undefined && b !== undefined) await measure(a, b)
else for (const [one, other] of PAIRS) await measure(one, other)
