/**
 * Throughput over poor paths, by a relay with 25 ms each way. The stream of this package, and TLS over it, are compared with
 * `udx-native` in the same run. `P2PD_BENCH_FULL=1`: 32 MiB a round instead of 4. Status 1 below a bound.
 */
import type { Passage } from '../src/nodejs/testdata/lossy-relay.ts'
import { securePair } from '@p2pd/netif/testing/secure-pair'
import { median, ourPair, rateOf, rawPair } from './measure/pairs.ts'

const isFull = process.env['P2PD_BENCH_FULL'] === '1'
const TOTAL_BYTES = (isFull ? 32 : 4) * 1024 * 1024
/** Two rounds of `udx-native` itself differ by up to a factor of two and a half: three of them say nothing. */
const ROUNDS = 9
/** Packets with data are longer, acknowledgements shorter. */
const DATA_BYTES = 300
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
  `${''.padEnd(38)}${'udx-native'.padStart(12)}${'our stream'.padStart(12)}${'TLS over it'.padStart(13)}${'packets'.padStart(9)}`,
)
for (const [name, passage] of PATHS) {
  const rounds: { raw: number; ours: number; tls: number; packets: number }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const [native, stream] = [counted(passage()), counted(passage())]
    const measure = {
      native: async () => rateOf(await rawPair(native.passage), TOTAL_BYTES),
      stream: async () => rateOf(await ourPair(stream.passage), TOTAL_BYTES),
    }
    // In turns, because the first of a pair finds a colder machine.
    const early = round % 2 === 0 ? await measure.native() : undefined
    const our = await measure.stream()
    const raw = early ?? (await measure.native())
    const tls = await rateOf(await securePair(await ourPair(passage())), TOTAL_BYTES)
    rounds.push({ raw, ours: our / raw, tls: tls / raw, packets: stream.packets() / native.packets() })
  }
  const [raw, ours, tls, packets] = (['raw', 'ours', 'tls', 'packets'] as const).map((key) =>
    median(rounds.map((one) => one[key])),
  )
  const shares = [ours, tls, packets].map((share, i) => share?.toFixed(2).padStart([12, 13, 9][i] ?? 0))
  console.log(`${name.padEnd(38)}${`${raw?.toFixed(0)} Mbit/s`.padStart(12)}${shares.join('')}`)
  if (!((ours ?? 0) >= BOUND)) process.exitCode = 1
}

/** Counts the packets with data that come to the relay, retransmissions included. */
function counted(passage: Passage): { readonly passage: Passage; readonly packets: () => number } {
  const { loses = () => false } = passage
  let packets = 0
  const counting = (bytes: number) => {
    if (bytes > DATA_BYTES) packets++
    return loses(bytes)
  }
  return { passage: { ...passage, loses: counting }, packets: () => packets }
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
