import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type StunServer, startStunServer } from '@p2pd/infra'
import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
import { discoverExternalAddress, discoverNat } from './discover-nat.ts'
import { findMappingLifetime } from './find-mapping-lifetime.ts'
import { measureMappingLifetime } from './mapping-lifetime.ts'
import { NatError } from '../nat-error.ts'

const ports = { network: systemNetwork, clock: systemClock, random: systemRandom }
const from = { ip: '127.0.0.1' }
let server: StunServer

beforeAll(async () => {
  server = await startStunServer({ hosts: ['127.0.0.1', '127.0.0.2'], port: 0 })
})

afterAll(() => server.close())

test.each(['udp', 'tcp'] as const)('loopback is open over %s', async (protocol) => {
  const { report, servers } = await discoverNat(ports, {
    servers: server.uris,
    protocol,
    from,
    goal: 'behaviour',
  })
  expect(report).toMatchObject({
    type: 'open',
    delta: { type: 'not-applicable' },
    externalAddresses: ['127.0.0.1'],
  })
  expect(servers[0]).toMatchObject({ ok: true, asked: true })
  // Probes share a connection over TCP, and each sees the answers to the others.
  expect(report.evidence.filter((line) => line.includes('transaction id'))).toEqual([])
})

test('the external address alone', async () => {
  expect(await discoverExternalAddress(ports, { servers: server.uris, from })).toBe('127.0.0.1')
})

test('a mapping is answered after a while', async () => {
  const options = { server: { ip: '127.0.0.1', port: server.port }, from, waitsMs: [10] }
  // On loopback nothing is translated: the port asked about is the socket's own.
  expect(await measureMappingLifetime(ports, options)).toEqual({ atLeastMs: 10 })
  const found = await findMappingLifetime(ports, { servers: server.uris, from, waitsMs: [10] })
  expect(found).toEqual({ atLeastMs: 10 })
})

test('no server for the family is an error that says so', async () => {
  const attempt = discoverNat(ports, { servers: server.uris, from: { ip: '::1' } })
  await expect(attempt).rejects.toThrow(NatError)
  await expect(attempt).rejects.toThrow(/none of 4 STUN servers has an address for IPv6/)
})

test('aborting ends it at once, and nothing stays open', async () => {
  const controller = new AbortController()
  const dead = await systemNetwork.bindUdp({ local: { ip: '127.0.0.1', port: 0 } })
  const attempt = discoverNat(ports, {
    servers: [`stun:127.0.0.1:${dead.local.port}`],
    from,
    limits: { signal: controller.signal },
  })
  dead.onMessage(() => controller.abort(new Error('enough')))
  await expect(attempt).rejects.toThrow('enough')
  dead.close()
})
