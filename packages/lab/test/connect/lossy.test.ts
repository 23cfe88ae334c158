import { expect, test } from '@jest/globals'
import { far, pairOf, withNodes } from './testbed.ts'

/** Share of packets that are lost each way. */
const LOSS = 0.1
const SEEDS = 60

test('direct: where one packet in ten is lost each way, a second row of SYNs saves most of the waiting', async () => {
  const times: number[] = []
  for (let seed = 1; seed <= SEEDS; seed++) {
    const line = { loss: LOSS }
    await withNodes({ seed, hosts: [far({}, line), far({}, line)] }, async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      const pipe = await alice.connect(await bob.address(), { strategies: ['direct'] })
      times.push(pipe.connection.elapsedMs)
    })
  }
  expect(times).toHaveLength(SEEDS)
  // One call in five loses a SYN or SYN-ACK, which costs 400 ms instead of the kernel's second.
  expect(times.filter((time) => time >= 1000).length).toBeLessThanOrEqual(SEEDS / 20)
})
