import { expect, test } from '@jest/globals'
import type { Dependency } from './dependency.ts'
import type { NatSettings } from './settings.ts'
import { BoxBench, EXTERNAL, tcp } from './testdata/packets.ts'

const dependencies: Dependency[] = ['endpoint-independent', 'address-dependent', 'address-and-port-dependent']
const inside = '10.0.0.2:4000'
/** Two ports of one remote host, and a port of another host. */
const [known, samePlace, elsewhere] = ['9.0.0.1:1', '9.0.0.1:2', '9.0.0.2:1']
const nat = (more: Partial<NatSettings> = {}): NatSettings => ({
  mapping: 'endpoint-independent',
  filtering: 'endpoint-independent',
  delta: { type: 'random' },
  ...more,
})

const newMappings = { 'endpoint-independent': 1, 'address-dependent': 2, 'address-and-port-dependent': 3 }

test.each(dependencies)('%s mapping tells remote endpoints apart as its name says', (mapping) => {
  const bench = new BoxBench(nat({ mapping }))
  const ports = [known, samePlace, elsewhere].map((remote) => bench.mappedPort(inside, remote))
  expect(new Set(ports).size).toBe(newMappings[mapping])
  expect([known, samePlace, elsewhere].map((remote) => bench.mappedPort(inside, remote))).toEqual(ports)
})

const admitted = {
  'endpoint-independent': [true, true, true],
  'address-dependent': [true, true, false],
  'address-and-port-dependent': [true, false, false],
}

test.each(dependencies)('%s filtering admits whom its name says', (filtering) => {
  const bench = new BoxBench(nat({ filtering }))
  const external = bench.mapped(inside, known)
  if (external === undefined) throw new Error('no mapping')
  const heard = [known, samePlace, elsewhere].map((remote) => bench.delivered(remote, external) !== undefined)
  expect(heard).toEqual(admitted[filtering])
})

test('what came in is for the inside endpoint that has the mapping', () => {
  const bench = new BoxBench(nat())
  const [first, second] = ['10.0.0.2:4000', '10.0.0.3:4000'].map((host) => bench.mapped(host, known))
  if (first === undefined || second === undefined) throw new Error('no mapping')
  expect(bench.delivered(known, second)).toEqual({ ip: '10.0.0.3', port: 4000 })
  expect(bench.delivered(known, first)).toEqual({ ip: '10.0.0.2', port: 4000 })
})

test('nothing comes in without a mapping', () => {
  const bench = new BoxBench(nat())
  expect(bench.delivered(known, `${EXTERNAL}:4000`)).toBeUndefined()
})

test('UDP and TCP behave apart, and have apart mappings', () => {
  const bench = new BoxBench(
    nat({ tcp: { mapping: 'address-and-port-dependent', delta: { type: 'equal' } } }),
  )
  const syn = (to: string) => bench.through(tcp(inside, to, 'syn'), 'inside')?.source.port
  expect(syn(known)).toBe(4000)
  expect(syn(elsewhere)).not.toBe(4000)
  expect(bench.mappedPort(inside, known)).toBe(bench.mappedPort(inside, elsewhere))
})

test('boxes in series compose: a home router behind a carrier', () => {
  const home = new BoxBench(nat(), { external: ['100.64.0.2'] })
  const carrier = new BoxBench(nat({ filtering: 'address-and-port-dependent' }), { seed: 2 })
  const between = home.through({ ...tcp(inside, known, 'syn') }, 'inside')
  const outside = between && carrier.through(between, 'inside')
  if (outside === undefined) throw new Error('no mapping')
  expect(outside.source.ip).toBe(EXTERNAL)
  const answer = tcp(outside.destination, outside.source, 'syn', 'ack')
  const back = carrier.through(answer, 'outside')
  expect(back && home.through(back, 'outside')?.destination).toEqual({ ip: '10.0.0.2', port: 4000 })
})

test('a restart forgets every mapping', () => {
  const bench = new BoxBench(nat())
  const before = bench.mapped(inside, known)
  if (before === undefined) throw new Error('no mapping')
  bench.box.restart()
  expect(bench.delivered(known, before)).toBeUndefined()
  expect(bench.mapped(inside, known)).not.toEqual(before)
})
