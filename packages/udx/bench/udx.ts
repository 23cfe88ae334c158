/** Throughput over loopback: the stream of this package, and TLS over it, relative to `udx-native` in the same run. */
import { securePair } from '@p2pd/netif/testing/secure-pair'
import { median, ourPair, rateOf, rawPair } from './measure/pairs.ts'

const TOTAL_BYTES = 128 * 1024 * 1024
const ROUNDS = 5

await rateOf(await rawPair(), TOTAL_BYTES) // warms up
const rounds = []
for (let round = 0; round < ROUNDS; round++) {
  const raw = await rateOf(await rawPair(), TOTAL_BYTES)
  const ours = await rateOf(await ourPair(), TOTAL_BYTES)
  const tls = await rateOf(await securePair(await ourPair()), TOTAL_BYTES)
  rounds.push({ raw, ours, tls })
}
const mbit = (rate: number) => `${Math.round(rate)} Mbit/s`
console.log(`udx-native: ${mbit(median(rounds.map(({ raw }) => raw)))}`)
for (const [name, key] of [
  ['our stream', 'ours'],
  ['TLS over it', 'tls'],
] as const) {
  const ratio = median(rounds.map((round) => round[key] / round.raw))
  const rate = median(rounds.map((round) => round[key]))
  console.log(`${name}: ${mbit(rate)}, ${ratio.toFixed(2)} of udx-native (median of ${ROUNDS})`)
}
