import { expect, test } from '@jest/globals'
import { presets, type VirtualBox, type VirtualInternet } from '@p2pd/lab'
import { parseAddress } from '@p2pd/node'
import { verifyEd25519 } from '@p2pd/node/node'
import type { GatewayScript, ScriptedGateway } from '@p2pd/portmap/testing'
import { virtualGateway } from '../hosts/virtual-gateway.ts'
import { pairOf, type Testbed, wait, withNodes } from './testbed.ts'

const link = { delayMs: 12.5 }
const symmetric = presets['symmetric-random']

/** The caller and the peer behind NATs with random ports; the NAT of the peer maps ports on request. */
function withMappedPeer(
  script: Partial<GatewayScript>,
  play: (testbed: Testbed, gateway: ScriptedGateway, home: VirtualBox) => Promise<void>,
  homeOf: (net: VirtualInternet) => VirtualBox = (net) => net.box(symmetric, { name: 'home', link }),
): Promise<void> {
  let gateway: ScriptedGateway | undefined
  let home: VirtualBox | undefined
  return withNodes(
    {
      hosts: (net) => {
        home = homeOf(net)
        return [net.host({ nat: symmetric, link }), net.host({ behind: home })]
      },
      stun: 'IPv4',
      mapsPort: 1,
      prepare: async (net) => (gateway = await virtualGateway(net, net.findBox('home'), script)),
    },
    async (testbed) => {
      if (gateway === undefined || home === undefined) throw new Error('nothing was prepared')
      await play(testbed, gateway, home)
    },
  )
}

/** The external candidates in the address of the peer. */
async function externalOf(testbed: Testbed) {
  const { candidates } = parseAddress(await pairOf(testbed)[1].address(), verifyEd25519)
  return candidates.filter(({ kind }) => kind === 'server-reflexive').map(({ ip, port }) => ({ ip, port }))
}

test.each([
  ['PCP', { pcp: true }],
  ['NAT-PMP', { natPmp: true }],
  ['UPnP', { igd: {} }],
] as const)(
  'A3: a node behind a NAT with random ports that maps ports by %s is reached by direct, and reaches others by reverse',
  (_, script) =>
    withMappedPeer(script, async (testbed, gateway, home) => {
      const [alice, bob] = pairOf(testbed)
      const [row] = gateway.table.rows(testbed.net.clock.now())
      const mapped = { ip: home.external[0], port: row?.externalPort }
      expect((await externalOf(testbed))[0]).toEqual(mapped)

      const direct = await alice.connect(bob.id, { strategies: ['direct'] })
      expect([direct.connection.strategy, direct.remote]).toEqual(['direct', mapped])
      // Not so soon that both calls are one.
      await wait(testbed.net.clock, 2000)
      const reverse = await bob.connect(alice.id, { strategies: ['reverse'] })
      expect(reverse.connection.strategy).toBe('reverse')
      // Of all strategies the plain ones win, and nothing that cannot work is tried.
      expect(['direct', 'reverse']).toContain((await alice.connect(bob.id)).connection.strategy)
      for (const pipe of [direct, reverse]) {
        await pipe.send('hello')
        const { data } = await pipe.recv()
        expect(new TextDecoder().decode(data)).toBe('hello')
      }
    }),
)

test.each([
  ['PCP', { pcp: true }],
  ['NAT-PMP', { natPmp: true }],
  ['UPnP', { igd: {} }],
] as const)(
  'a UDP port mapped by %s is reached by udp-punch through two NATs with random ports, and is released with its path',
  (_, script) =>
    withMappedPeer(script, async (testbed, gateway) => {
      const [alice, bob] = pairOf(testbed)
      const { clock } = testbed.net
      const udpRows = () => gateway.table.rows(clock.now()).filter(({ transport }) => transport === 'udp')
      expect(udpRows()).toHaveLength(1)
      for (const [caller, callee] of [
        [alice, bob],
        [bob, alice],
      ] as const) {
        const pipe = await caller.connect(callee.id, { strategies: ['udp-punch'] })
        expect(pipe.connection.elapsedMs).toBeLessThan(500)
        await pipe.send('hello')
        expect(new TextDecoder().decode((await pipe.recv()).data)).toBe('hello')
        await wait(clock, 1000)
        // The path's, and one for the next punch.
        expect(udpRows()).toHaveLength(2)
        await pipe.close()
        await wait(clock, 2000)
        expect(udpRows()).toHaveLength(1)
      }
      await bob.close()
      expect(gateway.table.rows(clock.now())).toEqual([])
    }),
)

test('without a mapping neither can reach the other', () =>
  withMappedPeer({}, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    const how = { strategies: ['direct', 'reverse'] } as const
    await expect(alice.connect(bob.id, how)).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' })
  }))

test('a gateway that does not answer delays neither the start of a node nor a call', async () => {
  const timesWith = async (mapsPort?: number) => {
    const times: number[] = []
    const hosts = (net: VirtualInternet) => {
      const home = net.box(presets.home, { name: 'home', link })
      return [net.host({ link }), net.host({ behind: home })]
    }
    const prepare = (net: VirtualInternet) => virtualGateway(net, net.findBox('home'), {})
    await withNodes({ hosts, stun: 'IPv4', idleMs: 0, prepare, mapsPort }, async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      times.push(testbed.net.clock.now())
      await bob.connect(alice.id)
      times.push(testbed.net.clock.now())
    })
    return times
  }
  expect(await timesWith(1)).toEqual(await timesWith())
})

test('a gateway that names another address than STUN sees is not believed', () =>
  withMappedPeer({ pcp: true, externalIp: '203.0.113.99' }, async (testbed, gateway) => {
    // No UDP port: nobody could be given it.
    expect(gateway.table.rows(testbed.net.clock.now())).toHaveLength(1)
    expect((await externalOf(testbed)).map(({ ip }) => ip)).not.toContain('203.0.113.99')
  }))

test('a mapping that the gateway has lost is asked for again, and close releases it', () =>
  withMappedPeer({ pcp: true }, async (testbed, gateway) => {
    const [alice, bob] = pairOf(testbed)
    const { clock } = testbed.net
    gateway.reboot()
    // Renewed between a half and five eighths of the hour that was granted. RFC 6887 §11.2.1.
    await wait(clock, 2_300_000)
    expect(
      gateway.table
        .rows(clock.now())
        .map(({ transport }) => transport)
        .sort(),
    ).toEqual(['tcp', 'udp'])
    expect((await alice.connect(bob.id, { strategies: ['direct'] })).connection.strategy).toBe('direct')
    const startedAt = clock.now()
    await bob.close()
    expect(clock.now() - startedAt).toBeLessThan(1100)
    expect(gateway.table.rows(clock.now())).toEqual([])
  }))
