/**
 * The time to connect by each strategy, and to become callable. It runs in the virtual Internet, without loss and
 * with 20 ms of jitter and 1 % of loss. It also runs between real nodes on real kernels. The floor is the time of
 * the network alone. `pnpm bench connect`; arguments when run alone: [RUNS [KERNEL_RUNS]].
 */
import { kernelInternetSupport } from '@p2pd/lab'
import { R_D, R_S } from '../test/connect/testbed.ts'
import { CONNECT_CASES, percentile, START } from './measure/connect-cases.ts'
import { kernelTimes } from './measure/connect-kernel.ts'
import { virtualStarts, virtualTimes } from './measure/connect-virtual.ts'

const [, , runsWanted = '200', kernelRuns = '100'] = process.argv
const seeds = Array.from({ length: Number(runsWanted) }, (_, index) => index + 1)
const LOSSY = { jitterMs: 20, loss: 0.01 }

/** A row of the table: the measured times, the floor and the limit. */
function row({ floorMs, limitMs }: typeof START, times: readonly number[]): Record<string, string> {
  const [p50, p95] = [percentile(times, 0.5), percentile(times, 0.95)]
  return {
    runs: String(times.length),
    'floor ms': String(floorMs),
    'p50 ms': p50.toFixed(1),
    'p95 ms': p95.toFixed(1),
    'longest ms': Math.max(...times).toFixed(1),
    'limit ms': Number.isNaN(limitMs) ? '' : String(limitMs),
    'p50 / floor': (p50 / floorMs).toFixed(2),
  }
}

/** Times by case. */
type Times = ReadonlyMap<typeof START, readonly number[]>

async function virtual(line: typeof LOSSY | Record<string, never>): Promise<Times> {
  const times = new Map<typeof START, readonly number[]>([[START, await virtualStarts(seeds, line)]])
  for (const how of CONNECT_CASES) times.set(how, await virtualTimes(how, seeds, line))
  return times
}

/** Real nodes run without a STUN server here, because only the virtual Internet measures punching. */
async function kernel(runs: number): Promise<Times> {
  const ways = CONNECT_CASES.filter(({ callerNat }) => callerNat === undefined)
  const { cases, starts, handshakes } = await kernelTimes(ways, runs)
  const handshake = { name: "TCP's handshake alone", floorMs: R_D, limitMs: Number.NaN }
  return new Map([
    [handshake, handshakes],
    [START, starts],
    ...ways.map((how, index) => [how, cases[index] ?? []] as const),
  ])
}

function show(title: string, all: Times, beside?: Times): void {
  console.log(`\n${title}`)
  const rows = [...all].map(([what, times]) => {
    const ratio = percentile(times, 0.5) / percentile(beside?.get(what) ?? [what.floorMs], 0.5)
    return [
      what.name,
      { ...row(what, times), ...(beside && { 'kernel / virtual': ratio.toFixed(2) }) },
    ] as const
  })
  console.table(Object.fromEntries(rows))
}

console.log(`R_s ${R_S} ms, R_d ${R_D} ms; seeds 1 to ${seeds.length}`)
const clean = await virtual({})
show('virtual Internet, nothing lost', clean)
show('virtual Internet, 20 ms of jitter, 1 % of loss', await virtual(LOSSY))
const support = kernelInternetSupport()
if (support.ok) {
  const title = 'real nodes, a process each, TLS, real kernels; nothing lost'
  show(title, await kernel(Number(kernelRuns)), clean)
} else console.log(`\nno kernel Internet here: ${support.reason}`)
