/**
 * Calls between fresh processes of the built command, through real kernels. Mosquitto runs as Debian configures it, coturn
 * answers STUN. Each round has a new listener, and a new caller for each of two calls. The floor of each case is the travel time
 * of its messages. It needs `pnpm build` and root. `pnpm bench connect-cold`; arguments when run alone:
 * [ROUNDS [PART_OF_A_CASE]].
 */
import { kernelInternetSupport } from '@p2pd/lab'
import { percentile } from '../src/percentile.ts'
import { R_D, R_S } from '../test/connect/testbed.ts'
import { COLD_CASES, type ColdCall, type ColdCase, ColdLab } from './measure/connect-cold.ts'

const [, , roundsWanted = '30', wanted = ''] = process.argv

/** The median and the 95th percentile. */
function spread(values: readonly (number | undefined)[]): string {
  const known = values.flatMap((value) => value ?? [])
  const [p50, p95] = [0.5, 0.95].map((share) => percentile(known, share)?.toFixed(0))
  return known.length === 0 ? '' : `${p50} / ${p95}`
}

function row(calls: readonly ColdCall[], floorMs: number): Record<string, string> {
  const phases = Object.keys(calls[0]?.marks ?? {}).map((name) => {
    return [name, spread(calls.map(({ marks }) => marks[name]))] as const
  })
  const strategies = [...new Set(calls.map(({ strategy }) => strategy))].join(', ')
  return {
    floor: `${floorMs}`,
    ms: spread(calls.map(({ elapsedMs }) => elapsedMs)),
    by: strategies,
    ...Object.fromEntries(phases),
  }
}

async function measure(one: ColdCase): Promise<Record<string, Record<string, string>>> {
  const lab = await ColdLab.open(one)
  try {
    const rounds: (readonly [ColdCall, ColdCall])[] = []
    while (rounds.length < Number(roundsWanted)) rounds.push(await lab.round())
    return {
      [`${one.name}, first call`]: row(
        rounds.map(([first]) => first),
        one.floorMs,
      ),
      [`${one.name}, second call`]: row(
        rounds.map(([, second]) => second),
        one.floorMs,
      ),
    }
  } finally {
    await lab.close()
  }
}

const support = kernelInternetSupport()
if (support.ok) {
  const title = `p50 / p95 of ${roundsWanted} rounds, ms after the offer was sent`
  console.log(`${title}; R_s ${R_S} ms, R_d ${R_D} ms; Node ${process.version}`)
  for (const one of COLD_CASES.filter(({ name }) => name.includes(wanted))) console.table(await measure(one))
} else console.log(`no kernel Internet here: ${support.reason}`)
