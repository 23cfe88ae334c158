import { expect, test } from '@jest/globals'
import type { Network } from '@p2pd/netif'
import { ManualClock, settle } from '@p2pd/netif/testing'
import { turnCrypto } from '../nodejs/index.ts'
import { SpareConnection } from './spare-connection.ts'
import type { TurnPorts } from './turn-ports.ts'

const target = { server: { ip: '192.0.2.1', port: 3478 }, transport: 'tcp' } as Parameters<
  SpareConnection['prepare']
>[0]

function spareBy(dial: Network['dial']) {
  const clock = new ManualClock()
  const ports: TurnPorts = {
    clock,
    network: { dial } as Network,
    random: () => new Uint8Array(),
    crypto: turnCrypto,
  }
  const spare = new SpareConnection(ports)
  spare.prepare(target)
  return { clock, spare }
}

test('a spare connection that cannot be dialled leaves no timer', async () => {
  const { clock } = spareBy(() => Promise.reject(new Error('refused')))
  await settle()
  expect(clock.pending).toBe(0)
})

test('one that is given up while it is being dialled leaves none either', async () => {
  const { clock, spare } = spareBy(() => new Promise(() => {}))
  expect(clock.pending).toBeGreaterThan(0)
  spare.close()
  await settle()
  expect(clock.pending).toBe(0)
})
