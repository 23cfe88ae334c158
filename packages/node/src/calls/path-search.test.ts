import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import type { PathEvent } from '../pipes/path-event.ts'
import type { PeerSession } from '../pipes/peer-session.ts'
import type { StrategyName } from '../report/report.ts'
import { PathSearch } from './path-search.ts'

/** A session on a path by some strategy, and its events. */
function sessionOn(strategy: StrategyName) {
  const listeners = new Set<(event: PathEvent) => void>()
  const own = {
    path: { strategy },
    strategiesForBetter: ['direct'],
    onPathEvent: (listener: (event: PathEvent) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    session: { onClosed: () => () => {} },
  }
  const tell = (event: Partial<PathEvent>) => {
    for (const listener of [...listeners]) listener(event as PathEvent)
  }
  return { own: own as unknown as PeerSession, tell, listeners }
}

/** A search whose calls fail; the seconds at which they began. */
function search(clock: ManualClock) {
  const calls: number[] = []
  const paths = new PathSearch({
    clock,
    call: async () => {
      calls.push(clock.now() / 1000)
      throw new Error('no better path')
    },
    join: async () => {},
  })
  return { paths, calls }
}

test('a relayed session searches until it has a direct path, after pauses from 5 s to 10 min', async () => {
  const clock = new ManualClock()
  const { paths, calls } = search(clock)
  const { own, tell, listeners } = sessionOn('relay')
  paths.improve(own)
  await clock.advance(3_600_000)
  const pauses = calls.slice(1).map((at, index) => at - (calls[index] ?? 0))
  expect(pauses.slice(0, 9)).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600])
  expect(calls.length).toBeLessThan(14) // An hour.
  tell({ type: 'suspended' })
  await clock.advance(3_600_000)
  expect([calls.length, listeners.size, clock.pending]).toEqual([pauses.length + 1, 0, 0])
})

test('a network change begins the pauses anew; a direct path is searched once', async () => {
  const clock = new ManualClock()
  const { paths, calls } = search(clock)
  const { own } = sessionOn('relay')
  paths.improve(own)
  await clock.advance(600_000)
  const before = calls.length
  paths.improve(own)
  await clock.advance(6000)
  expect(calls.length).toBe(before + 2)
  paths.close()
  const direct = search(clock)
  direct.paths.improve(sessionOn('udp-punch').own)
  await clock.advance(600_000)
  expect([direct.calls.length, clock.pending]).toEqual([1, 0])
})
