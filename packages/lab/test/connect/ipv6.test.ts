import { expect, test } from '@jest/globals'
import { type HostOptions, presets } from '@p2pd/lab'
import { familyOf } from '@p2pd/netif'
import { parseAddress } from '@p2pd/node'
import { verifyEd25519 } from '@p2pd/node/node'
import { far, pairOf, R_D, R_S, wait, withNodes } from './testbed.ts'

const families: HostOptions = { families: ['IPv6'] }
/** The firewall before most hosts with IPv6 only. RFC 6092. */
const firewall: HostOptions = { ...families, nat: { kind: 'firewall' } }

test('A3, A11: with IPv6 only a peer is reached by address, by id, and by reverse', () =>
  withNodes({ hosts: [far(families), far(families)] }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    const { candidates } = parseAddress(await bob.address(), verifyEd25519)
    expect(candidates.map(({ ip }) => familyOf(ip))).toEqual(['IPv6'])
    for (const [target, strategies] of [
      [await bob.address(), ['direct']],
      [bob.id, ['direct']],
      [bob.id, ['reverse']],
    ] as const) {
      const pipe = await alice.connect(target, { strategies })
      expect([pipe.connection.strategy, familyOf(pipe.remote?.ip ?? '')]).toEqual([strategies[0], 'IPv6'])
      await pipe.send('hello')
      expect(new TextDecoder().decode((await pipe.recv({ timeoutMs: 1000 })).data)).toBe('hello')
      await pipe.close()
    }
  }))

test('A3: a peer behind an IPv6 firewall dials back, within half R_s + 2.5 R_d', () =>
  withNodes({ hosts: [far(families), far(firewall)] }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    const { connection } = await alice.connect(bob.id)
    expect(connection.strategy).toBe('reverse')
    expect(connection.elapsedMs).toBeLessThanOrEqual(R_S / 2 + 2.5 * R_D)
  }))

test('with IPv6 only, on one LAN behind a firewall, two peers reach each other', () =>
  withNodes(
    {
      hosts: (net) => {
        const box = net.box({ kind: 'firewall' })
        return [net.host({ ...families, behind: box }), net.host({ ...families, behind: box })]
      },
    },
    async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      expect((await alice.connect(bob.id)).remote?.ip).toBe(testbed.hosts[1]?.ip)
    },
  ))

test('a host with IPv6 only and one with IPv4 only have no path: both get an error with the attempts', () =>
  withNodes({ hosts: [far(families), far({ families: ['IPv4'] })] }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    const how = { strategies: ['direct', 'reverse'] } as const
    for (const calling of [alice.connect(bob.id, how), bob.connect(alice.id, how)]) {
      await expect(calling).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' })
    }
    await wait(testbed.net.clock, 1000)
  }))

test.each([['tcp-punch'], ['udp-punch']] as const)(
  'A3: %s through two IPv6 firewalls, though the STUN servers have IPv4 alone',
  (strategy) => {
    const dual: HostOptions = { nat: presets['symmetric-random'], families: ['IPv4', 'IPv6'] }
    return withNodes({ stun: 'IPv4', hosts: [far(dual), far(dual)] }, async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      const pipe = await alice.connect(bob.id, { strategies: [strategy] })
      expect([pipe.connection.strategy, familyOf(pipe.remote?.ip ?? '')]).toEqual([strategy, 'IPv6'])
      await pipe.close()
    })
  },
)
