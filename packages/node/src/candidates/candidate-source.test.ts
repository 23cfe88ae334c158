import { expect, test } from '@jest/globals'
import { MAX_CANDIDATES, type UnrankedCandidate } from './candidate.ts'
import { mergeCandidates } from './candidate-source.ts'

const list = (kind: UnrankedCandidate['kind'], prefix: string, count: number): UnrankedCandidate[] =>
  Array.from({ length: count }, (_, index) => ({ kind, ip: `${prefix}.${index + 1}`, port: 4000 }))

const host = list('host', '192.168.1', 40)
const mapped = list('server-reflexive', '203.0.113', 40)
const relayed = list('relayed', '198.51.100', 40)

test('hosts come first and relays last, whatever the order of the sources', () => {
  const merged = mergeCandidates([relayed.slice(0, 1), mapped.slice(0, 1), host.slice(0, 1)])
  expect(merged.map(({ kind }) => kind)).toEqual(['host', 'server-reflexive', 'relayed'])
  const priorities = merged.map(({ priority }) => priority)
  expect(priorities).toEqual([...priorities].sort((a, b) => b - a))
})

test('within one kind the order of the sources and of their lists stands', () => {
  const [first, second, third] = mapped
  const merged = mergeCandidates([[second, third], [first]] as UnrankedCandidate[][])
  expect(merged).toMatchObject([second, third, first])
})

test('each source gets its share of a full list, best first, and what one does not need goes to the others', () => {
  const counts = (sources: UnrankedCandidate[][]) => {
    const merged = mergeCandidates(sources)
    expect(merged).toHaveLength(MAX_CANDIDATES)
    return ['host', 'server-reflexive', 'relayed'].map(
      (wanted) => merged.filter(({ kind }) => kind === wanted).length,
    )
  }
  expect(counts([host, mapped])).toEqual([16, 16, 0])
  expect(counts([host, mapped.slice(0, 2), relayed.slice(0, 3)])).toEqual([27, 2, 3])
  expect(counts([host.slice(0, 1), mapped.slice(0, 1), relayed])).toEqual([1, 1, 30])
  expect(mergeCandidates([host, mapped])[0]).toMatchObject(host[0] as UnrankedCandidate)
})

test('a transport address that two sources know counts once', () => {
  const both = { ip: '203.0.113.1', port: 4000 }
  const merged = mergeCandidates([
    [{ kind: 'server-reflexive', ...both }],
    [
      { kind: 'server-reflexive', ...both },
      { kind: 'server-reflexive', ...both, port: 4001 },
    ],
  ])
  expect(merged.map(({ port }) => port)).toEqual([4000, 4001])
})

test('sources without candidates make an empty list', () => {
  expect(mergeCandidates([])).toEqual([])
  expect(mergeCandidates([[], []])).toEqual([])
})
