import { expect, test } from '@jest/globals'
import {
  classify,
  judge,
  ROUND_TRIP_MS,
  rangeSubjects,
  runTrial,
  type Subject,
  subjects,
} from '../../bench/nat-lab.ts'
import { fieldNames } from '../../src/index.ts'

// A sample of `bench/nat-accuracy.ts`.
const SEEDS = [1, 2]

const cases = subjects.flatMap((subject) =>
  (['udp', 'tcp'] as const).map((protocol) => ({ subject, protocol, name: subject.name })),
)

/** A small block takes more mappings to differ from a counter, and a path that reorders takes longer. */
function isFromField({ name }: Subject): boolean {
  return fieldNames.some((field) => field === name)
}

test.each(cases)(
  'B1: $name over $protocol is recognized on a clean line, within 8 round trips, 10 for a box from the field',
  async ({ subject, protocol }) => {
    for (const seed of SEEDS) {
      const { settings, family, link } = subject
      const { report, knownMs } = await runTrial({
        settings,
        family,
        seed,
        path: 'clean',
        protocol,
        ...(link && { link }),
      })
      expect(classify(report, subject, protocol)).toEqual({ type: true, delta: true })
      if (report.type !== 'blocked')
        expect(knownMs).toBeLessThanOrEqual((isFromField(subject) ? 10 : 8) * ROUND_TRIP_MS)
      else expect(knownMs).toBeLessThan(5000)
    }
  },
)

test.each(cases)(
  'B2: $name over $protocol is recognized in spite of jitter, loss and cross traffic',
  async ({ subject, protocol }) => {
    for (const seed of SEEDS) {
      const { settings, family, link } = subject
      const { report } = await runTrial({
        settings,
        family,
        seed,
        path: 'noisy',
        protocol,
        ...(link && { link }),
      })
      expect(classify(report, subject, protocol)).toEqual({ type: true, delta: true })
    }
  },
)

// With seeds 1 and 2 half of these reports are wrong, since probes of filters are lost.
const doubtful = [
  'open-equal',
  'full-cone-random',
  'restricted-equal',
  'port-block',
  'home',
  'shared-counter',
]

test('B2: on a path that loses a third of all packets a wrong report has a low confidence', async () => {
  const judged = []
  for (const subject of subjects.filter(({ name }) => doubtful.includes(name)))
    for (const protocol of ['udp', 'tcp'] as const)
      for (const seed of SEEDS) judged.push(await judge(subject, { seed, path: 'awful', protocol }))
  const wrong = judged.filter(({ isRight }) => !isRight)
  expect(wrong.length).toBeGreaterThan(4)
  for (const { confidence } of wrong) expect(confidence).toBeLessThan(0.6)
  const sure = judged.filter(({ confidence }) => confidence > 0.9)
  expect(sure.length).toBeGreaterThan(4)
})

test.each(rangeSubjects.filter(({ delta }) => delta?.type !== 'independent'))(
  'B3: 2,048 ports are measured: %o',
  async (settings) => {
    const { report, totalMs } = await runTrial({ settings, seed: 3, path: 'clean', goal: 'range' })
    const [low, high] = report.portRange
    expect(Math.abs(high - low + 1 - 2048)).toBeLessThan(0.05 * 2048)
    expect(Math.abs(low - 30_000)).toBeLessThan(0.05 * 2048)
    expect(totalMs).toBeLessThan(3000)
  },
)

test('B3: a counter is followed around its range when a thorough look is asked for', async () => {
  const settings = {
    mapping: 'endpoint-independent',
    filtering: 'endpoint-independent',
    delta: { type: 'independent', value: -4 },
    ports: { range: [30_000, 32_047] },
  } as const
  const { report } = await runTrial({ settings, seed: 1, path: 'clean', goal: 'thorough' })
  const [low, high] = report.portRange
  expect(Math.abs(high - low + 1 - 2048)).toBeLessThan(0.05 * 2048)
})

test('B3: a pool of addresses, hairpinning and parity are seen', async () => {
  const base = { mapping: 'endpoint-independent', filtering: 'address-and-port-dependent' } as const
  const trial = { seed: 1, path: 'clean', goal: 'range' } as const
  const pool = await runTrial({
    ...trial,
    settings: { ...base, ports: { addresses: 4, pooling: 'arbitrary' } },
  })
  expect(pool.report).toMatchObject({ type: 'port-restricted', pooledAddresses: true, hairpin: false })
  for (const protocol of ['udp', 'tcp'] as const) {
    const hairpin = await runTrial({ ...trial, protocol, settings: { ...base, hairpinning: true } })
    expect(hairpin.report).toMatchObject({ pooledAddresses: false, hairpin: true })
  }
  const parity = await runTrial({
    ...trial,
    settings: { ...base, delta: { type: 'random' }, ports: { parity: true } },
  })
  expect(parity.report.parity).toBe(true)
})
