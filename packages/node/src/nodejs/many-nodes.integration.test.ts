import { expect, test } from '@jest/globals'
import { Stage } from '../testdata/nodes.ts'

const NODES = 40
const CALLS = 200

/** Handles that are open, by kind. */
function openHandles(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

test(`${NODES} nodes in one process make ${CALLS} calls, and leave nothing behind`, async () => {
  const before = openHandles()
  await Stage.run(async (stage) => {
    const broker = await stage.broker()
    const nodes = await Promise.all(Array.from({ length: NODES }, () => stage.node([broker], { echo: true })))
    // A fixed walk through the pairs: each call has another caller and another peer.
    const calls = Array.from(
      { length: CALLS },
      (_, index) => [nodes[index % NODES], nodes[(index + 1 + ((index * 7) % (NODES - 1))) % NODES]] as const,
    )
    for (let at = 0; at < CALLS; at += 10) {
      await Promise.all(
        calls.slice(at, at + 10).map(async ([caller, peer]) => {
          if (caller === undefined || peer === undefined) throw new Error('no such pair')
          const pipe = await caller.connect(peer.id)
          expect(pipe.peer).toBe(peer.id)
          await pipe.close()
        }),
      )
    }
  })
  const after = openHandles()
  expect((after.TCPSocketWrap ?? 0) - (before.TCPSocketWrap ?? 0)).toBeLessThanOrEqual(0)
  expect((after.TCPServerWrap ?? 0) - (before.TCPServerWrap ?? 0)).toBeLessThanOrEqual(0)
  expect((after.Timeout ?? 0) - (before.Timeout ?? 0)).toBeLessThanOrEqual(1)
}, 120_000)
