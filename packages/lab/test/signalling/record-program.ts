/** Leaves a record on the broker of the first argument and fetches it from fresh connections; prints the times in ms. */
import { identityFromSeed, openSignal } from '@p2pd/signal-mqtt/node'

const FETCHES = 6
const [, , broker = ''] = process.argv
const seed = (byte: number) => new Uint8Array(32).fill(byte)

const owner = openSignal({ brokers: [broker], identity: identityFromSeed(seed(1)) })
await owner.ready()
await owner.records.publish(new TextEncoder().encode('a record'))
for (let i = 0; i < FETCHES; i++) {
  const caller = openSignal({ brokers: [broker], identity: identityFromSeed(seed(i + 2)) })
  await caller.ready()
  const startedAt = performance.now()
  // A call sends its offer at the same time.
  const [record] = await Promise.all([
    caller.records.fetch(identityFromSeed(seed(1)).publicKey).then(() => performance.now() - startedAt),
    caller.send(identityFromSeed(seed(1)).publicKey, new Uint8Array(1000)),
  ])
  console.log(record.toFixed(1))
  await caller.close()
}
await owner.close()
