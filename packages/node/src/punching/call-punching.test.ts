import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { PeerMemory } from '../strategies/strategy-history.ts'
import type { StrategyName } from '../report/report.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { CallPunching, type CallPunchingOptions } from './call-punching.ts'
import { Mutex } from './mutex.ts'

const peer = new Uint8Array(32).fill(2)

function punchingOf(options: Partial<CallPunchingOptions> = {}) {
  const clock = new ManualClock()
  const memory = new PeerMemory(clock)
  const offered: StrategyName[] = []
  const punching = new CallPunching({
    runtime: { clock } as Partial<Runtime> as Runtime,
    memory,
    birthdays: new Mutex(),
    peer,
    strategies: ['tcp-punch', 'udp-punch'],
    reach: undefined,
    hasSignalling: true,
    handOver: () => () => {},
    offerAgain: (name) => void offered.push(name),
    ...options,
  })
  return { clock, memory, offered, punching }
}

test('a failed punch is offered once more; failed twice, it is given up for a while', async () => {
  const { memory, offered, punching } = punchingOf()
  punching.again('tcp-punch')
  expect(offered).toEqual(['tcp-punch'])
  expect(punching.objection('tcp-punch')).toBeUndefined()
  punching.again('tcp-punch')
  expect(offered).toEqual(['tcp-punch'])
  expect(memory.givenUpSeconds(peer, 'tcp-punch')).toBe(0)
  expect(punching.objection('tcp-punch')).toMatch(/failed twice with this peer 0 s ago/)
})

test('a second attempt that could not end within the call is not begun', async () => {
  const { clock, offered, punching } = punchingOf()
  await clock.advance(12_001)
  punching.again('tcp-punch')
  expect(offered).toEqual([])
})

test.each([
  [{ hasSignalling: false }, 'tcp-punch', /needs signalling/],
  [{ reach: 'lan' }, 'tcp-punch', /only paths inside this network/],
  [{}, 'udp-punch', /udx-native is not installed: npm install udx-native/],
] as const)('an impossible punch is told at once: %j', (options, name, reason) => {
  expect(punchingOf(options).punching.objection(name)).toMatch(reason)
})

test('one at a time', () => {
  const mutex = new Mutex()
  const leave = mutex.tryLock()
  expect(mutex.tryLock()).toBeUndefined()
  leave?.()
  expect(mutex.tryLock()).toBeDefined()
})
