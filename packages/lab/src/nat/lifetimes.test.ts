import { expect, test } from '@jest/globals'
import type { Lifetimes } from './settings.ts'
import { BoxBench, tcp, udp } from './testdata/packets.ts'

const [inside, remote] = ['10.0.0.2:4000', '9.0.0.1:80']
const external = { ip: '5.5.0.1', port: 4000 }

const bench = (lifetimes: Partial<Lifetimes>) =>
  new BoxBench({ mapping: 'endpoint-independent', filtering: 'address-and-port-dependent', lifetimes })

test('UDP mappings end after silence, and traffic either way keeps them', () => {
  const box = bench({ idleMs: 100 })
  box.mapped(inside, remote)
  for (const now of [99, 198]) {
    box.now = now
    expect(box.delivered(remote, external)).toBeDefined()
  }
  box.now = 297
  box.mapped(inside, remote)
  box.now = 397
  expect(box.delivered(remote, external)).toBeUndefined()
})

test('a filter entry ends on its own though the mapping lives on', () => {
  const box = bench({ idleMs: 100 })
  box.mapped(inside, remote)
  box.now = 60
  box.mapped(inside, '9.0.0.2:80')
  box.now = 120
  expect(box.delivered(remote, external)).toBeUndefined()
  expect(box.delivered('9.0.0.2:80', external)).toBeDefined()
})

test('an absolute lifetime ends mappings however busy they are', () => {
  const box = bench({ absoluteMs: 1000 })
  for (box.now = 0; box.now < 1000; box.now += 100) expect(box.mapped(inside, remote)).toEqual(external)
  expect(box.delivered(remote, external)).toBeUndefined()
})

const segment = (box: BoxBench, from: 'inside' | 'outside', ...flags: Parameters<typeof tcp>[2][]) =>
  box.through(from === 'inside' ? tcp(inside, remote, ...flags) : tcp(remote, external, ...flags), from)

const open = (box: BoxBench) => {
  segment(box, 'inside', 'syn')
  segment(box, 'outside', 'syn', 'ack')
  segment(box, 'inside', 'ack')
}

test('half-open TCP ends sooner than established TCP', () => {
  const box = bench({ halfOpenMs: 10, establishedMs: 1000 })
  segment(box, 'inside', 'syn')
  box.now = 10
  expect(segment(box, 'outside', 'syn', 'ack')).toBeUndefined()
  open(box)
  box.now = 1009
  expect(segment(box, 'outside', 'ack')).toBeDefined()
  box.now = 2009
  expect(segment(box, 'outside', 'ack')).toBeUndefined()
})

test('simultaneous open is established once the SYNs crossed', () => {
  const box = bench({ halfOpenMs: 10, establishedMs: 1000 })
  segment(box, 'inside', 'syn')
  segment(box, 'outside', 'syn')
  segment(box, 'inside', 'syn', 'ack')
  segment(box, 'outside', 'ack')
  box.now = 500
  expect(segment(box, 'outside', 'ack')).toBeDefined()
})

test('RST closes, two FINs close, one does not', () => {
  for (const closing of [
    [['inside', 'rst']],
    [
      ['inside', 'fin'],
      ['outside', 'fin'],
    ],
  ] as const) {
    const box = bench({ closedMs: 5, establishedMs: 1000 })
    open(box)
    for (const [from, flag] of closing) segment(box, from, flag, 'ack')
    box.now = 6
    expect(segment(box, 'outside', 'ack')).toBeUndefined()
  }
  const box = bench({ closedMs: 5, establishedMs: 1000 })
  open(box)
  segment(box, 'inside', 'fin', 'ack')
  box.now = 500
  expect(segment(box, 'outside', 'ack')).toBeDefined()
})

test('a new SYN opens a closed connection again', () => {
  const box = bench({ closedMs: 5, halfOpenMs: 100 })
  open(box)
  segment(box, 'inside', 'rst')
  segment(box, 'inside', 'syn')
  box.now = 50
  expect(segment(box, 'outside', 'syn', 'ack')).toBeDefined()
})

test('TCP without a SYN makes no mapping', () => {
  const box = bench({})
  expect(box.through(tcp(inside, remote, 'ack'), 'inside')).toBeUndefined()
  expect(box.through(udp(inside, remote), 'inside')).toBeDefined()
})
