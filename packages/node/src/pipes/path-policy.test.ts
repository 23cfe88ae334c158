import { expect, test } from '@jest/globals'
import { isBetterPath, isSamePath, type PathQuality, strategiesForBetter } from './path-policy.ts'

const path = (strategy: PathQuality['strategy'], rttMs?: number): PathQuality => ({ strategy, rttMs })
const MINUTE = 60_000

test.each<[string, PathQuality, PathQuality, number, boolean]>([
  ['direct over relayed, at once', path('direct', 90), path('relay', 40), 0, true],
  ['direct over relayed, unmeasured', path('udp-punch'), path('relay', 40), 0, true],
  ['relayed over direct: never', path('relay', 10), path('direct', 500), MINUTE, false],
  ['a clearly lower round trip', path('direct', 40), path('tcp-punch', 60), MINUTE, true],
  ['too soon after the last move', path('direct', 40), path('tcp-punch', 60), 29_999, false],
  ['30 s after it', path('direct', 40), path('tcp-punch', 60), 30_000, true],
  ['less than a fifth', path('direct', 170), path('direct', 200), MINUTE, false],
  ['a fifth', path('direct', 160), path('direct', 200), MINUTE, true],
  ['less than 10 ms', path('direct', 1), path('direct', 10), MINUTE, false],
  ['10 ms', path('direct', 1), path('direct', 11), MINUTE, true],
  ['a higher round trip', path('direct', 90), path('direct', 60), MINUTE, false],
  ['a round trip that nobody has measured', path('direct'), path('direct', 60), MINUTE, false],
  ['a relay with a clearly lower round trip', path('relay', 40), path('relay', 90), MINUTE, true],
])('a session moves to a better path: %s', (_, candidate, current, sinceMoveMs, moves) => {
  expect(isBetterPath(candidate, current, sinceMoveMs)).toBe(moves)
})

test('two paths whose round trips cross do not take turns', () => {
  let current = path('direct', 50)
  let [movedAt, moves] = [-MINUTE, 0]
  for (let at = 0; at < 600_000; at += 1000) {
    // Both lines swing between 40 and 60 ms, one against the other.
    const swing = 10 * Math.sin(at / 7000)
    const [one, other] = [path('direct', 50 + swing), path('tcp-punch', 50 - swing)]
    const [own, candidate] = current.strategy === 'direct' ? [one, other] : [other, one]
    if (!isBetterPath(candidate, own, at - movedAt)) continue
    current = candidate
    movedAt = at
    moves++
  }
  expect(moves).toBeLessThanOrEqual(20)
})

test('a path between the same two addresses is the same, whichever end dialled; a relayed one is another', () => {
  const ends = { local: { ip: '192.0.2.1', port: 1 }, remote: { ip: '192.0.2.2', port: 2 } }
  const later = { local: { ip: '192.0.2.1', port: 3 }, remote: { ip: '192.0.2.2', port: 4 } }
  expect(isSamePath({ strategy: 'direct', ...ends }, { strategy: 'reverse', ...later })).toBe(true)
  expect(isSamePath({ strategy: 'direct', ...ends }, { strategy: 'relay', ...later })).toBe(false)
  expect(
    isSamePath({ strategy: 'direct', ...ends }, { strategy: 'direct', ...later, local: ends.remote }),
  ).toBe(false)
})

test('beside a poor path a search uses everything but a relay', () => {
  const expected = ['direct', 'reverse', 'tcp-punch', 'udp-punch']
  expect(strategiesForBetter({ strategy: 'direct' }, undefined, true)).toEqual(expected)
})

test.each([
  ['relay', undefined, ['direct', 'reverse', 'tcp-punch', 'udp-punch']],
  ['direct', undefined, ['direct', 'reverse']],
  ['relay', ['relay'], []],
  ['relay', ['udp-punch', 'relay'], ['udp-punch']],
  ['tcp-punch', ['tcp-punch'], []],
] as const)('beside %s, of %s, a search uses %s', (strategy, allowed, expected) => {
  expect(strategiesForBetter({ strategy }, allowed)).toEqual(expected)
})
