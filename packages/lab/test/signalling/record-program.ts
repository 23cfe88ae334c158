/** Leaves a record on the broker of the first argument and fetches it from fresh connections; prints how often. */
import { identityFromSeed, openSignal } from '@p2pd/signal-mqtt/node'

const FETCHES = 6
const [, , broker = ''] = process.argv
const seed = (byte: number) => new Uint8Array(32).fill(byte)

const owner = openSignal({ brokers: [broker], identity: identityFromSeed(seed(1)) })
await owner.ready()
await owner.records.publish(new TextEncoder().encode('a record'))
let fetched = 0
for (let i = 0; i < FETCHES; i++) {
  const caller = openSignal({ brokers: [broker], identity: identityFromSeed(seed(i + 2)) })
  await caller.ready()
  const owner = identityFromSeed(seed(1)).publicKey
  // A call sends its offer at the same time.
  const [found] = await Promise.all([caller.records.fetch(owner), caller.send(owner, new Uint8Array(1000))])
  if (found !== undefined) fetched++
  await caller.close()
}
console.log(fetched)
await owner.close()
