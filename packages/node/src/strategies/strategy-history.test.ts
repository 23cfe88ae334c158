import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { StrategyHistory } from './strategy-history.ts'

const alice = new Uint8Array(32).fill(1)
const bob = new Uint8Array(32).fill(2)
const remote = { ip: '192.0.2.1', port: 4000 }
const all = ['direct', 'reverse', 'tcp-punch'] as const

test('what worked last time comes first, with this peer alone', () => {
  const history = new StrategyHistory(new ManualClock())
  history.succeeded(alice, { strategy: 'tcp-punch', remote })
  expect(history.order(alice, all)).toEqual(['tcp-punch', 'direct', 'reverse'])
  expect(history.order(bob, all)).toEqual(all)
})

test('an address that was dialled is known; the other end of a punch is not there any more', () => {
  const history = new StrategyHistory(new ManualClock())
  history.succeeded(alice, { strategy: 'direct', remote })
  history.succeeded(bob, { strategy: 'udp-punch', remote })
  expect(history.candidates(alice)).toMatchObject([{ kind: 'host', ...remote }])
  expect(history.candidates(bob)).toEqual([])
})

test('a strategy that failed is given up for 5 minutes, or until the network changes', async () => {
  const clock = new ManualClock()
  const history = new StrategyHistory(clock)
  history.failed(alice, 'udp-punch')
  await clock.advance(299_000)
  expect(history.givenUpSeconds(alice, 'udp-punch')).toBe(299)
  expect(history.givenUpSeconds(alice, 'tcp-punch')).toBeUndefined()
  await clock.advance(1001)
  expect(history.givenUpSeconds(alice, 'udp-punch')).toBeUndefined()
  history.failed(alice, 'udp-punch')
  history.clear()
  expect(history.givenUpSeconds(alice, 'udp-punch')).toBeUndefined()
})

test('memory is bounded', () => {
  const history = new StrategyHistory(new ManualClock())
  for (let i = 0; i < 5000; i++) {
    history.succeeded(Uint8Array.of(i >> 8, i & 255), { strategy: 'direct', remote })
  }
  expect(history.candidates(Uint8Array.of(0, 0))).toEqual([])
  expect(history.candidates(Uint8Array.of(4999 >> 8, 4999 & 255))).toHaveLength(1)
})
