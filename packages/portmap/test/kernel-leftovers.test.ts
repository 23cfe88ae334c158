import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import type { SavedLease } from '@p2pd/portmap'
import { startClient } from './client.ts'
import { ADDRESS } from './real-gateway.ts'
import { LIMIT_MS, mappedAs, whySkipped, withGateway } from './with-gateway.ts'

const suite = whySkipped === '' ? describe : describe.skip

suite(`E1: real miniupnpd, programs that end${whySkipped}`, () => {
  test.concurrent.each([
    ['pcp', {}],
    ['upnp-igd2', { natPmp: false }],
  ] as const)(
    '%s: nothing is left after SIGTERM; what a crash leaves is found again',
    async (protocol, settings) => {
      const folder = mkdtempSync(join(tmpdir(), 'p2pd-leases-'))
      const file = join(folder, 'leases.json')
      const read = () => JSON.parse(readFileSync(file, 'utf8')) as SavedLease[]
      try {
        await withGateway(settings, async (gateway) => {
          const crashing = startClient(gateway, 'client', file)
          await crashing.map(4000, 'udp', ADDRESS.client, { externalPort: 5000 })
          const [before] = read()
          expect(statSync(file).mode & 0o777).toBe(0o600)
          await crashing.kill('SIGKILL')
          expect(await gateway.rules()).toMatch(/dport 5000/)

          const second = startClient(gateway, 'client', file)
          expect((await second.map(4000, 'udp', ADDRESS.client)).state).toMatchObject(
            mappedAs(protocol, 5000),
          )
          expect(read()).toEqual([before])
          await second.kill('SIGTERM')
          expect(await gateway.rules()).not.toMatch(/dport/)
          expect(read()).toEqual([])
        })
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
    LIMIT_MS,
  )

  test.concurrent(
    'what a crash left is released on request: IPv4, and IPv6, renewed, which miniupnpd does not let PCP end',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'p2pd-leases-'))
      const file = join(folder, 'leases.json')
      try {
        await withGateway({}, async (gateway) => {
          const crashing = startClient(gateway, 'client', file)
          for (const address of [ADDRESS.client, ADDRESS.client6]) await crashing.map(4000, 'udp', address)
          await crashing.tell('refresh')
          for (let i = 0; i < 2; i++) await crashing.change(({ status }) => status === 'mapped')
          expect(await gateway.rules()).toMatch(/dport 4000/)
          await crashing.kill('SIGKILL')
          const second = startClient(gateway, 'client', file)
          expect(await second.tell('releaseLeftovers')).toBe(2)
          expect(await gateway.rules()).not.toMatch(/dport/)
          await second.stop()
        })
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
    LIMIT_MS,
  )
})
