import { expect, test } from '@jest/globals'
import { far, pairOf, R_D, wait, withNodes } from '../connect/testbed.ts'

const OPEN = { nat: { kind: 'open' } } as const
/** Longer than a path with data outstanding may be silent. */
const OUTAGE_MS = 4000
const MOMENTS = [0, 0.25, 0.5, 0.75, 1, 1.5].map((share) => share * R_D)

test.each(['direct', 'reverse'] as const)(
  'G4: a close succeeds although its path by %s is lost before the peer has replied to the nomination',
  (strategy) =>
    withNodes({ hosts: [far(OPEN), far(OPEN)], echo: true }, async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      const { clock } = testbed.net
      const line = testbed.hosts[0]?.box?.link
      if (line === undefined) throw new Error('no line')
      for (const moment of MOMENTS) {
        const pipe = await alice.connect(bob.id, { strategies: [strategy] })
        clock.at(clock.now() + moment, () => {
          line.up = false
        })
        clock.at(clock.now() + moment + OUTAGE_MS, () => {
          line.up = true
        })
        await expect(pipe.close()).resolves.toBeUndefined()
        await wait(clock, 2 * OUTAGE_MS)
        expect([...alice.pipes(), ...bob.pipes()]).toEqual([])
      }
    }),
)
