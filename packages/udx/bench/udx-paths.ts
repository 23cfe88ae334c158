/**
 * Throughput over poor paths, by a relay with 25 ms each way. The stream of this package, and TLS over it, are compared with
 * `udx-native` in the same run. `P2PD_BENCH_FULL=1`: 32 MiB and seven rounds instead of 4 MiB and three. Status 1 below a bound.
 */
import type { Passage } from '../src/nodejs/testdata/lossy-relay.ts'
import { securePair } from '@p2pd/netif/testing/secure-pair'
import { median, ourPair, rateOf, rawPair } from './measure/pairs.ts'

const isFull = process.env['P2PD_BENCH_FULL'] === '1'
const TOTAL_BYTES = (isFull ? 32 : 4) * 1024 * 1024
const ROUNDS = isFull ? 7 : 3
/** Of `udx-native`'s own rate over the same path. */
const BOUND = 0.8
/** One way; half a round trip. */
const DELAY_MS = 25

const PATHS: readonly (readonly [name: string, passage: () => Passage])[] = [
  ['50 ms', () => ({ delayMs: () => DELAY_MS })],
  ['50 ms, 1 % loss', () => ({ delayMs: () => DELAY_MS, loses: chance(0.01) })],
  ['50 ms, MTU 1,280 without ICMP', () => ({ delayMs: () => DELAY_MS, loses: (bytes) => bytes > 1252 })],
  [
    '50 ms, UDP above 1,200 bytes dropped',
    () => ({ delayMs: () => DELAY_MS, loses: (bytes) => bytes > 1200 }),
  ],
  ['50 ms, one in ten overtaken', reordering],
]

console.log(
  `${TOTAL_BYTES / 1024 / 1024} MiB, medians of ${ROUNDS} rounds; shares of udx-native on the same path\n`,
)
console.log(
  `${''.padEnd(38)}${'udx-native'.padStart(12)}${'our stream'.padStart(12)}${'TLS over it'.padStart(13)}`,
)
for (const [name, passage] of PATHS) {
  const rounds: { raw: number; ours: number; tls: number }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const raw = await rateOf(await rawPair(passage()), TOTAL_BYTES)
    const ours = await rateOf(await ourPair(passage()), TOTAL_BYTES)
    const tls = await rateOf(await securePair(await ourPair(passage())), TOTAL_BYTES)
    rounds.push({ raw, ours: ours / raw, tls: tls / raw })
  }
  const [raw, ours, tls] = (['raw', 'ours', 'tls'] as const).map((key) =>
    median(rounds.map((one) => one[key])),
  )
  const shares = `${ours?.toFixed(2).padStart(12)}${tls?.toFixed(2).padStart(13)}`
  console.log(`${name.padEnd(38)}${`${raw?.toFixed(0)} Mbit/s`.padStart(12)}${shares}`)
  if (!((ours ?? 0) >= BOUND)) process.exitCode = 1
}

/** True for this share of calls, the same ones in each run. Numerical Recipes' generator. */
function chance(share: number): () => boolean {
  let state = 1
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32 < share
  }
}

function reordering(): Passage {
  const isLate = chance(0.1)
  return { delayMs: () => (isLate() ? DELAY_MS + 2 : DELAY_MS) }
}
