import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createRandom } from '../random.ts'
import { PortAllocator } from './port-allocator.ts'
import { type DeltaSetting, defaultPorts, type PortSettings } from './settings.ts'

const host = '10.0.0.2'

function allocator(delta: DeltaSetting, ports: Partial<PortSettings> = {}, seed = 1) {
  const taken = new Set<number>()
  const machine = new PortAllocator(delta, { ...defaultPorts, ...ports }, createRandom(seed))
  return (port: number, ip = host) => {
    const external = machine.allocate({ ip, port }, (candidate) => taken.has(candidate))
    if (external !== undefined) taken.add(external)
    return external
  }
}

test('equal keeps the port, and takes another when it is in use', () => {
  const allocate = allocator({ type: 'equal' })
  expect([4000, 50000].map((port) => allocate(port))).toEqual([4000, 50000])
  expect(allocate(4000, '10.0.0.3')).not.toBe(4000)
})

test('preserving keeps the distances of internal ports', () => {
  const allocate = allocator({ type: 'preserving', value: 1000 })
  expect([4000, 4010, 64535, 64536].map((port) => allocate(port))).toEqual([5000, 5010, 65535, 1024])
})

test.each([1, 4, -1, -4])(
  'independent %i counts on from the last port, whatever the internal one',
  (value) => {
    const allocate = allocator({ type: 'independent', value }, { range: [2000, 2999] })
    const ports = [7, 50000, 3, 4].map((port, i) => allocate(port, `10.0.0.${i + 2}`) as number)
    for (const [i, port] of ports.slice(1).entries())
      expect((port - (ports[i] as number) - value) % 1000).toBe(0)
  },
)

test('dependent follows consecutive internal ports of a host', () => {
  const allocate = allocator({ type: 'dependent', value: 5 })
  const [a, b] = [allocate(4000) as number, allocate(4001) as number]
  allocate(9000, '10.0.0.3')
  const c = allocate(4002) as number
  const stray = allocate(4100) as number
  expect([b - a, c - b]).toEqual([5, 5])
  expect(stray - c).not.toBe(5)
})

test('random spreads over the whole range', () => {
  const allocate = allocator({ type: 'random' })
  const ports = Array.from({ length: 500 }, (_, i) => allocate(4000 + i) as number)
  expect(Math.min(...ports)).toBeLessThan(3000)
  expect(Math.max(...ports)).toBeGreaterThan(63500)
})

test('counting goes on at the beginning of the range', () => {
  const allocate = allocator({ type: 'independent', value: 3 }, { range: [100, 109] })
  const ports = Array.from({ length: 10 }, (_, i) => allocate(i) as number)
  expect(new Set(ports).size).toBe(10)
  expect(allocate(10)).toBeUndefined()
})

test('a block is a subscriber’s own, and another follows when it is full', () => {
  const allocate = allocator({ type: 'random' }, { range: [1000, 1999], blockSize: 100 })
  const blockOf = (port: number | undefined) => Math.floor((port as number) / 100)
  const mine = Array.from({ length: 100 }, (_, i) => blockOf(allocate(i)))
  expect(new Set(mine).size).toBe(1)
  expect(blockOf(allocate(7, '10.0.0.3'))).not.toBe(mine[0])
  expect(blockOf(allocate(100))).not.toBe(mine[0])
})

const anyDelta = fc.oneof(
  fc.record({ type: fc.constantFrom('equal' as const, 'random' as const) }),
  fc.record({
    type: fc.constantFrom('preserving' as const, 'independent' as const, 'dependent' as const),
    value: fc.integer({ min: -8, max: 8 }).filter((value) => value !== 0),
  }),
)

test('ports are in range, never given twice, and of the right parity', () => {
  const anyRange = fc.tuple(fc.integer({ min: 1, max: 60000 }), fc.integer({ min: 40, max: 5000 }))
  const run = fc.property(
    anyDelta,
    anyRange,
    fc.boolean(),
    fc.integer(),
    (delta, [low, size], parity, seed) => {
      const allocate = allocator(delta, { range: [low, low + size], parity }, seed)
      const given = new Set<number>()
      for (let internal = 2000; internal < 2000 + 19; internal++) {
        const port = allocate(internal) as number
        expect(port).toBeGreaterThanOrEqual(low)
        expect(port).toBeLessThanOrEqual(low + size)
        expect((port - internal) % (parity ? 2 : 1)).toBeCloseTo(0)
        given.add(port)
      }
      expect(given.size).toBe(19)
    },
  )
  fc.assert(run, { numRuns: 300 })
})
