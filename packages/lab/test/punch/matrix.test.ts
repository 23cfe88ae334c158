import { expect, test } from '@jest/globals'
import { createRandom, natTypes, presetList, randomInteger } from '@p2pd/lab'
import { punchPair } from '../../src/punching/punch-pair.ts'

const SEED = 7
/** `pnpm bench punch-matrix` runs all of them, five times. */
const SAMPLE = 200

const cells = presetList.filter(({ name }) => natTypes.some((type) => name.startsWith(type)))
const random = createRandom(SEED, 'punch matrix')
const draw = () => cells[randomInteger(random, 0, cells.length - 1)] ?? presetList[0]

test.each(['udp', 'tcp'] as const)(
  `%s: ${SAMPLE} pairs of the 35 x 35, drawn with seed ${SEED}`,
  async (protocol) => {
    let [possible, connected] = [0, 0]
    const failures: string[] = []
    for (let i = 0; i < SAMPLE; i++) {
      const [a, b] = [draw(), draw()]
      if (a === undefined || b === undefined) continue
      const hosts = [{ nat: a.settings }, { nat: b.settings }] as const
      const result = await punchPair({ protocol, seed: SEED * 1000 + i, hosts })
      if (result.outcome === 'skipped') continue
      possible++
      if (result.outcome === 'connected') connected++
      else failures.push(`${a.name} ${b.name} ${i}: ${result.reason}`)
    }
    expect(possible).toBeGreaterThan(SAMPLE / 2)
    expect({ failures, enough: connected / possible >= 0.95 }).toEqual({
      failures: failures.slice(0, 5),
      enough: true,
    })
  },
)
