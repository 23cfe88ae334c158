/** Bytes and small messages through a session on a direct path, as ratios to a raw `tls.TLSSocket`. */
import { compare, rateOf, sessionPair, tlsPair } from './measure.ts'

const TOTAL = 64 * 2 ** 20
const BIG = new Uint8Array(64 * 1024)
const SMALL = new Uint8Array(100)
const SMALL_TOTAL = 100_000 * SMALL.length

const raw = async (total: number, chunk: Uint8Array) => {
  const pair = await tlsPair()
  const rate = await rateOf(pair, total, chunk)
  for (const stream of pair) stream.destroy()
  return rate
}

const ours = async (total: number, chunk: Uint8Array) => {
  const [alice, bob] = await sessionPair()
  const rate = await rateOf([alice.pipe, bob.pipe], total, chunk)
  alice.abort(1)
  bob.abort(1)
  return rate
}

await compare('bytes in writes of 64 KiB', 0.9, { raw: () => raw(TOTAL, BIG), ours: () => ours(TOTAL, BIG) })
await compare('messages of 100 bytes', 0.85, {
  raw: () => raw(SMALL_TOTAL, SMALL),
  ours: () => ours(SMALL_TOTAL, SMALL),
})
