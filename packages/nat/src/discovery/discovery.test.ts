import { expect, test } from '@jest/globals'
import { Discovery, type DiscoveryOutput } from './discovery.ts'
import type { Probe } from './observation.ts'
import type { DiscoverySetup } from '../plan/view.ts'

const setup: DiscoverySetup = {
  protocol: 'udp',
  goal: 'behaviour',
  servers: Array.from({ length: 12 }, (_, i) => ({ ip: `203.0.113.${i + 1}`, port: 3478 })),
  ports: Array.from({ length: 60 }, (_, i) => 3001 + 997 * i),
}

const probesOf = (outputs: readonly DiscoveryOutput[]): Probe[] =>
  outputs.flatMap((output) => (output.type === 'probe' ? [output.probe] : []))
const wakeOf = (outputs: readonly DiscoveryOutput[]): number | undefined =>
  outputs.flatMap((output) => (output.type === 'wake' ? [output.at] : []))[0]
const internal = { ip: '192.168.1.2', port: 3001 }
const answer = { state: 'answered', internal, external: { ip: '198.51.100.1', port: 3001 } } as const

test('one server first, three more after 250 ms, then five: never more than nine wait', () => {
  const discovery = new Discovery(setup, 10_000)
  const asked: (readonly [number, number])[] = []
  for (let now: number | undefined = 0; now !== undefined && now < 1000; ) {
    const outputs = discovery.wake(now)
    const count = probesOf(outputs).length
    if (count > 0) asked.push([now, count])
    now = wakeOf(outputs)
  }
  expect(asked).toEqual([
    [0, 1],
    [250, 3],
    [500, 5],
  ])
})

test('an answer ends the race: losers are closed, several destinations are asked from one new port', () => {
  const discovery = new Discovery(setup, 10_000)
  discovery.wake(0)
  discovery.wake(250)
  const outputs = discovery.observe(1, { ...answer, rttMs: 50, passedAt: 300, endedAt: 300 }, 300)
  const probes = probesOf(outputs)
  expect(probes.map(({ purpose, server }) => [purpose, server])).toEqual([
    ['mapping', 1],
    ['mapping', 0],
    ['mapping', 2],
  ])
  expect(new Set(probes.map(({ socket }) => socket)).size).toBe(1)
  expect(outputs.filter(({ type }) => type === 'close')).toHaveLength(4)
  // A late answer to another probe changes nothing.
  expect(discovery.observe(0, { ...answer, passedAt: 310 }, 310)).toEqual([])
})

test('the address alone: done with the first answer', () => {
  const discovery = new Discovery({ ...setup, goal: 'address' }, 10_000)
  discovery.wake(0)
  const outputs = discovery.observe(0, { ...answer, rttMs: 50, passedAt: 50, endedAt: 50 }, 50)
  expect(outputs.at(-1)).toMatchObject({ type: 'done', report: { externalAddresses: ['198.51.100.1'] } })
  expect(discovery.wake(60)).toEqual([])
})

test('at the deadline the report says what is known', () => {
  const discovery = new Discovery(setup, 400)
  discovery.wake(0)
  const outputs = discovery.observe(0, { ...answer, rttMs: 50, passedAt: 50, endedAt: 50 }, 50)
  expect(outputs.map(({ type }) => type)).toContain('wake')
  const [done] = discovery.wake(400)
  expect(done).toMatchObject({
    type: 'done',
    report: { type: 'port-restricted', mapping: 'unknown', confidence: 0 },
  })
})

test('the same steps give the same probes', () => {
  const run = () => {
    const discovery = new Discovery(setup, 10_000)
    return [
      ...discovery.wake(0),
      ...discovery.wake(250),
      ...discovery.observe(2, { ...answer, passedAt: 300 }, 300),
    ]
  }
  expect(run()).toEqual(run())
})
