import { expect, test } from '@jest/globals'
import { programFile } from '@p2pd/netif/testing'
import { TwoProcesses } from '../test/two-processes.ts'

const AT_ONCE = 20

test.each(['udp', 'tcp'] as const)(
  'A8: %s punches between two processes, 20 at once, some given up: no handle, no timer, descriptors as before',
  async (protocol) => {
    const processes = new TwoProcesses(programFile('punching-process'))
    try {
      await processes.ready()
      // The first ones load what stays.
      const before = await processes.run({ protocol, first: 0, count: 20, atOnce: AT_ONCE, unfinished: true })
      const after = await processes.run({ protocol, first: 20, count: 80, atOnce: AT_ONCE, unfinished: true })
      for (const [i, { resources, descriptors }] of after.entries()) {
        expect(resources).toEqual([])
        expect(descriptors).toBeLessThanOrEqual(before[i]?.descriptors ?? 0)
      }
    } finally {
      await processes.close()
    }
  },
)
