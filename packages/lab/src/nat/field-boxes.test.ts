import { expect, test } from '@jest/globals'
import { BoxBench, tcp, udp } from './testdata/packets.ts'
import type { NatSettings } from './settings.ts'

const symmetric: NatSettings = {
  mapping: 'address-and-port-dependent',
  filtering: 'address-and-port-dependent',
  delta: { type: 'independent', value: 1 },
}
const keeping: NatSettings = {
  mapping: 'endpoint-independent',
  filtering: 'address-and-port-dependent',
}
const inside = (port: number, host = 2) => `10.0.0.${host}:${port}`
const outside = (port: number) => `9.0.0.1:${port}`
const source = (bench: BoxBench, packet: Parameters<BoxBench['through']>[0]) =>
  bench.through(packet, 'inside')?.source

test('one counter serves UDP, TCP and every host', () => {
  const bench = new BoxBench({ ...symmetric, ports: { protocols: 'together' } })
  const first = bench.mappedPort(inside(4000), outside(1)) ?? 0
  expect(source(bench, tcp(inside(4000), outside(1), 'syn'))?.port).toBe(first + 1)
  expect(bench.mappedPort(inside(4000, 3), outside(1))).toBe(first + 2)
  const apart = new BoxBench(symmetric)
  const udpPort = apart.mappedPort(inside(4000), outside(1)) ?? 0
  expect(source(apart, tcp(inside(4000), outside(1), 'syn'))?.port).not.toBe(udpPort + 1)
})

test('one block serves UDP and TCP of a host', () => {
  const ports = { blockSize: 512, protocols: 'together', range: [1024, 65535] } as const
  const bench = new BoxBench({ ...symmetric, delta: { type: 'random' }, ports })
  const all = [1, 2, 3, 4, 5, 6].flatMap((port) => [
    bench.mappedPort(inside(4000), outside(port)) ?? 0,
    source(bench, tcp(inside(4000), outside(port), 'syn'))?.port ?? 0,
  ])
  expect(new Set(all.map((port) => Math.floor((port - 1024) / 512))).size).toBe(1)
})

test('TCP leaves by another address than UDP', () => {
  const external = ['5.5.0.1', '5.5.0.2']
  const bench = new BoxBench({ ...keeping, ports: { addresses: 2, splitAddresses: true } }, { external })
  const ips = [4000, 4001, 4002].flatMap((port) => [
    bench.mapped(inside(port, port - 3990), outside(1))?.ip,
    source(bench, tcp(inside(port, port - 3990), outside(1), 'syn'))?.ip,
  ])
  expect(ips).toEqual(['5.5.0.1', '5.5.0.2', '5.5.0.1', '5.5.0.2', '5.5.0.1', '5.5.0.2'])
})

test('an overloaded port serves several remote endpoints, each with its own host', () => {
  const bench = new BoxBench({ ...symmetric, delta: { type: 'equal' }, ports: { overloading: true } })
  expect(bench.mappedPort(inside(4000, 2), outside(1))).toBe(4000)
  expect(bench.mappedPort(inside(4000, 3), outside(2))).toBe(4000)
  expect(bench.mappedPort(inside(4000, 3), outside(1))).not.toBe(4000)
  const external = { ip: '5.5.0.1', port: 4000 }
  expect(bench.delivered(outside(1), external)?.ip).toBe('10.0.0.2')
  expect(bench.delivered(outside(2), external)?.ip).toBe('10.0.0.3')
  expect(bench.delivered(outside(3), external)).toBeUndefined()
})

test('a busy port changes the rule for its internal endpoint, and for no other', () => {
  const secondary = { mapping: 'address-and-port-dependent', delta: { type: 'random' } } as const
  const bench = new BoxBench({ ...keeping, secondary })
  const ports = (host: number) => [1, 2].map((port) => bench.mappedPort(inside(4000, host), outside(port)))
  expect(ports(2)).toEqual([4000, 4000])
  const second = ports(3)
  expect(new Set([4000, ...second]).size).toBe(3)
  expect(ports(3)).toEqual(second)
  expect(bench.mappedPort(inside(4001, 3), outside(1))).toBe(4001)
  bench.box.restart()
  expect(ports(3)).toEqual([4000, 4000])
})

test('a box drops UDP packets above its limit, in both directions', () => {
  const bench = new BoxBench({ ...keeping, traffic: { maxUdpBytes: 1200 } })
  const of = (bytes: number) => ({ ...udp(inside(4000), outside(1)), payload: new Uint8Array(bytes) })
  expect(bench.through(of(1200), 'inside')).toBeDefined()
  expect(bench.through(of(1201), 'inside')).toBeUndefined()
  const back = { ...udp(outside(1), { ip: '5.5.0.1', port: 4000 }), payload: new Uint8Array(1201) }
  expect(bench.through(back, 'outside')).toBeUndefined()
})
