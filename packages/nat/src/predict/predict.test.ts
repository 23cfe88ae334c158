import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { DeltaType } from '../report/behaviour.ts'
import { type ReportByHand, reportByHand } from '../report/nat-report.ts'
import { type MappedPort, type PredictOptions, predict } from './predict.ts'

const mapped = [
  { internalPort: 5000, externalPort: 2046 },
  { internalPort: 6000, externalPort: 2047 },
]
const symmetric = (type: DeltaType, value = 0, fields: Partial<ReportByHand> = {}) =>
  reportByHand({ type: 'symmetric', delta: { type, value }, ...fields })

test.each<[string, ReportByHand, PredictOptions, readonly number[], string]>([
  ['nothing translated', { type: 'open' }, { internalPort: 7000 }, [7000], 'untranslated'],
  ['seen', { type: 'port-restricted' }, { internalPort: 5000 }, [2046], 'known-mapping'],
  ['equal', symmetric('equal'), { internalPort: 7000 }, [7000], 'equal'],
  ['preserving', symmetric('preserving', 100), { internalPort: 7000 }, [7100], 'preserving'],
  ['preserving, folded', symmetric('preserving', 1000), { internalPort: 65000 }, [1488], 'preserving'],
  ['counting', symmetric('independent', 1), { internalPort: 9 }, [2048, 2049, 2050], 'independent'],
  ['counting down', symmetric('independent', -4), {}, [2043, 2039, 2035], 'independent'],
  ['after others', symmetric('independent', 1), { mappingsBefore: 2 }, [2050, 2051, 2052], 'independent'],
  [
    'wrapped',
    symmetric('independent', 1, { portRange: [1024, 2048] }),
    {},
    [2048, 1024, 1025],
    'independent',
  ],
  ['neighbour', symmetric('dependent', 5), {}, [2052, 2057, 2062], 'dependent'],
  ['no neighbour', symmetric('dependent', 5), { internalPort: 7000, count: 1 }, [1024], 'random'],
  [
    'parity',
    symmetric('independent', 1, { parity: true }),
    { internalPort: 8 },
    [2048, 2050, 2052],
    'independent',
  ],
  ['taken', symmetric('independent', 1), { taken: [2048] }, [2049, 2050, 2051], 'independent'],
  ['blocked', { type: 'blocked' }, { internalPort: 7000 }, [], 'none'],
])('%s', (_, report, options, ports, technique) => {
  const prediction = predict(reportByHand(report), mapped, options)
  expect(prediction).toMatchObject({ ports, technique })
  expect(prediction.probability > 0).toBe(ports.length > 0)
})

test('a counter that others use too is less certain', () => {
  const quiet = predict(symmetric('independent', 1), mapped)
  const busy = predict(symmetric('independent', 1, { crossTraffic: 0.5 }), mapped)
  expect(busy.probability).toBeLessThan(quiet.probability)
  expect(
    predict(symmetric('independent', 1, { crossTraffic: 0.5 }), mapped, { count: 50 }).probability,
  ).toBeGreaterThan(0.95)
})

test('random ports: as likely as their share of the range', () => {
  expect(predict(symmetric('random', 0, { portRange: [3000, 3999] }), [], { count: 50 }).probability).toBe(
    0.05,
  )
})

test('never more ports than wanted, never one twice, never outside the range', () => {
  const kinds = fc.constantFrom<DeltaType>(
    'equal',
    'preserving',
    'independent',
    'dependent',
    'random',
    'not-applicable',
  )
  const range = fc
    .tuple(fc.integer({ min: 1, max: 60000 }), fc.integer({ min: 0, max: 5000 }))
    .map(([low, width]) => [low, low + width] as const)
  fc.assert(
    fc.property(
      kinds,
      fc.integer({ min: -64, max: 64 }),
      range,
      fc.boolean(),
      fc.integer({ min: 1024, max: 65535 }),
      fc.integer({ min: 0, max: 80 }),
      (type, value, portRange, parity, internalPort, count) => {
        const last: MappedPort = { internalPort: internalPort - 1, externalPort: portRange[0] }
        const { ports, probability } = predict(symmetric(type, value, { portRange, parity }), [last], {
          internalPort,
          count,
        })
        expect(ports.length).toBeLessThanOrEqual(count)
        expect(new Set(ports).size).toBe(ports.length)
        expect(probability >= 0 && probability <= 1).toBe(true)
        for (const port of ports) expect(port > 0 && port < 65536).toBe(true)
      },
    ),
  )
})
