/** Bytes and small messages through a session on a direct path, as ratios to a raw `tls.TLSSocket`. */
import { carry, compare, heap, sessionPair, tlsPair } from './measure.ts'
import { minimalPair } from './minimal-framing.ts'

const TOTAL = 64 * 2 ** 20
const BIG = new Uint8Array(64 * 1024)
const SMALL = new Uint8Array(100)
const SMALL_TOTAL = 100_000 * SMALL.length

const raw = await tlsPair()
const [alice, bob] = await sessionPair()
const ours = [alice.pipe, bob.pipe] as const
const minimal = minimalPair(await tlsPair())

await compare('bytes in writes of 64 KiB', 0.9, {
  raw: () => carry(raw, TOTAL, BIG),
  ours: () => carry(ours, TOTAL, BIG),
})
// The floor: nothing that keeps a copy for a resend costs less.
await compare('the same through a minimal framing', undefined, {
  raw: () => carry(raw, TOTAL, BIG),
  ours: () => carry(minimal, TOTAL, BIG),
})
await compare('the session, to the minimal framing', undefined, {
  raw: () => carry(minimal, TOTAL, BIG),
  ours: () => carry(ours, TOTAL, BIG),
})
await compare('messages of 100 bytes', 0.85, {
  raw: () => carry(raw, SMALL_TOTAL, SMALL),
  ours: () => carry(ours, SMALL_TOTAL, SMALL),
})

for (const stream of [...raw, ...minimal]) stream.destroy()
for (const session of [alice, bob]) session.abort(1)
heap.length = 0
