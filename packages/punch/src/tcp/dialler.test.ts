import { getEventListeners } from 'node:events'
import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { type Dialling, dialTargets } from './dialler.ts'

test('many dials at once put no listeners on the one signal, of which Node.js would warn', async () => {
  const clock = new ManualClock()
  const over = new AbortController()
  let dials = 0
  const dial = () => {
    dials++
    return Promise.reject(new Error('refused'))
  }
  const targets = Array.from({ length: 32 }, (_, i) => ({
    socket: 0,
    remote: { ip: '192.0.2.1', port: 4000 + i },
  }))
  const dialling = {
    plan: { sockets: [{ ip: '192.0.2.2', port: 4000 }], targets, listener: 'remote' },
    ports: { clock, network: { dial }, random: (length: number) => new Uint8Array(length) },
    options: {},
    limit: { allow: () => true },
    signal: over.signal,
    enter: () => Promise.resolve(),
  } as unknown as Dialling
  const done = dialTargets(dialling)
  await clock.advance(1000)
  expect(dials).toBeGreaterThan(2 * targets.length)
  expect(getEventListeners(over.signal, 'abort')).toEqual([])
  over.abort()
  await done
  expect(clock.pending).toBe(0)
})
