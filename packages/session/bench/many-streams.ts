/** A thousand streams with one that nobody reads, as a ratio to the same without it. */
import { buffer } from 'node:stream/consumers'
import { compare, sessionPair } from './measure.ts'

const STREAMS = 1000
const content = Buffer.alloc(32 * 1024)

/** Carries the bytes of all streams but one, which is either left away or stuck. */
async function carryAll(isOneStuck: boolean): Promise<void> {
  const [alice, bob] = await sessionPair()
  const arrived: Promise<unknown>[] = []
  const all = new Promise<void>((resolve) => {
    bob.onStream((stream) => {
      if (stream.service === 'stuck') return
      arrived.push(buffer(stream))
      if (arrived.length === STREAMS - 1) resolve()
    })
  })
  if (isOneStuck) alice.openStream('stuck').write(Buffer.alloc(1_000_000))
  for (let i = 1; i < STREAMS; i++) alice.openStream('read').end(content)
  await all
  await Promise.all(arrived)
  alice.abort(1)
}

await compare('1,000 streams, one of them stuck', 0.95, {
  raw: () => carryAll(false),
  ours: () => carryAll(true),
})
