/** The first byte through a new session, and the memory of idle ones, beside raw `tls.TLSSocket`s. */
import { once } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Pair, report, sessionPair, tlsPair } from './measure.ts'

const PAIRS = 200
const ROUNDS = 60
/** Bytes that an idle session may cost beyond its pipe, at each end. */
const MOST_KIB = 16

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of this process that objects and their buffers take. */
async function used(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 500)) // Acknowledgements and pings of the beginning.
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Milliseconds until a byte is at the other end, for a pair that has just been secured. */
async function firstByte(isSession: boolean): Promise<number> {
  const raw: Pair = await tlsPair()
  const startedAt = performance.now()
  const [from, to, close] = isSession ? await asSession(raw) : [...raw, () => {}]
  from.write('x')
  await once(to, 'data')
  const tookMs = performance.now() - startedAt
  close()
  for (const stream of raw) stream.destroy()
  return tookMs
}

async function asSession(raw: Pair): Promise<readonly [...Pair, () => void]> {
  const [alice, bob] = await sessionPair(raw)
  return [alice.pipe, bob.pipe, () => [alice, bob].forEach((session) => session.abort(1))]
}

/** The lowest tenth: in the others the machine did something else besides. */
const quick = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 10)] ?? Number.NaN
const times: { raw: number[]; ours: number[] } = { raw: [], ours: [] }
for (let round = 0; round < ROUNDS; round++) {
  times.raw.push(await firstByte(false))
  times.ours.push(await firstByte(true))
}
const [raw, ours] = [quick(times.raw), quick(times.ours)]
report(
  'first byte, ms later than a raw socket',
  ours - raw,
  { most: 1 },
  `${ours.toFixed(2)} and ${raw.toFixed(2)} ms`,
)

const pairs: Pair[] = []
for (let count = 0; count < PAIRS; count++) pairs.push(await tlsPair())
const before = await used()
const sessions = []
for (const pair of pairs) sessions.push(await sessionPair(pair))
const kib = ((await used()) - before) / 1024 / (2 * PAIRS)
report('KiB of an idle session beyond its pipe', kib, { most: MOST_KIB }, `${PAIRS} sessions, both ends`)

for (const session of sessions.flat()) session.abort(1)
for (const stream of pairs.flat()) stream.destroy()
