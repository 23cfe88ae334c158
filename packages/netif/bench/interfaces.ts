/** How long listing the NICs takes: under 5 ms on Linux. */
import { loadInterfaces } from '@p2pd/netif/node'

const ROUNDS = 200
const LIMIT_MS = 5

const times: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  const start = performance.now()
  await loadInterfaces()
  times.push(performance.now() - start)
}
times.sort((a, b) => a - b)
const [median = 0, p95 = 0] = [times[ROUNDS / 2], times[Math.floor(ROUNDS * 0.95)]]
const nics = (await loadInterfaces()).length
console.log(
  `interface listing: median ${median.toFixed(2)} ms, p95 ${p95.toFixed(2)} ms, ${nics} NICs (limit ${LIMIT_MS} ms)`,
)
if (process.platform === 'linux' && median > LIMIT_MS) process.exitCode = 1
