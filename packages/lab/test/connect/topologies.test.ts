import { expect, test } from '@jest/globals'
import { type NatSettings, presets, type VirtualHost, type VirtualInternet } from '@p2pd/lab'
import { familyOf } from '@p2pd/netif'
import { parseAddress } from '@p2pd/node'
import { createIdentity, verifyEd25519 } from '@p2pd/node/node'
import { pairOf, wait, withNodes, type Testbed } from './testbed.ts'
import { virtualSecure } from '../hosts/virtual-secure.ts'

const link = { delayMs: 12.5 }
const isPrivate = (ip: string) => ip.startsWith('192.168.')

/** The addresses to which TCP connections were opened during `work`. */
async function opened({ net }: Testbed, work: () => Promise<unknown>): Promise<ReadonlySet<string>> {
  const ips = new Set<string>()
  const stop = net.tap(({ packet }) => {
    if (packet.protocol === 'tcp' && packet.flags.syn && !packet.flags.ack) ips.add(packet.destination.ip)
  })
  await work()
  stop()
  return ips
}

/** A host with three NICs: on its family's LAN, with a carrier, and on a flat network of its own. */
function threeNics(net: VirtualInternet, home: ReturnType<VirtualInternet['box']>): VirtualHost {
  const [carrier, flat] = [
    net.box(presets.carrier, { link }),
    net.box(presets['port-restricted-random'], { link }),
  ]
  return net.host({ behind: [carrier, flat, home] })
}

test('A12: peers behind one router, each with three NICs, take the path inside it', () =>
  withNodes(
    {
      hosts: (net) => {
        const home = net.box(presets['full-cone-equal'], { link, subnet: '192.168.7.0/24' })
        return [threeNics(net, home), threeNics(net, home)]
      },
    },
    async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      for (const [caller, peer] of [
        [alice, bob],
        [bob, alice],
      ] as const) {
        const pipe = await caller.connect(peer.id)
        expect([pipe.local.ip, pipe.remote?.ip]).toEqual([
          expect.stringMatching(/^192\.168\.7\./),
          expect.stringMatching(/^192\.168\.7\./),
        ])
      }
    },
  ))

test('A12: peers behind one router with all three NICs take a path inside it', () =>
  withNodes(
    {
      hosts: (net) => {
        const home = net.box(presets.home, { link })
        return [net.host({ behind: [home, home, home] }), net.host({ behind: [home, home, home] })]
      },
    },
    async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      const pipe = await alice.connect(bob.id)
      expect(testbed.hosts[1]?.addresses).toContain(pipe.remote?.ip)
      expect(pipe.connection.elapsedMs).toBeLessThan(100)
    },
  ))

test.each(['home', 'symmetric-random', 'blocked-equal'] as const)(
  'A12: peers behind one NAT without hairpinning (%s) take the path inside it',
  (preset) =>
    withNodes(
      {
        hosts: (net) => {
          const box = net.box({ ...(presets[preset] as NatSettings), hairpinning: false }, { link })
          return [net.host({ behind: box }), net.host({ behind: box })]
        },
      },
      async (testbed) => {
        const [alice, bob] = pairOf(testbed)
        for (const target of [bob.id, await bob.address()]) {
          expect((await alice.connect(target)).remote?.ip).toBe(testbed.hosts[1]?.ip)
        }
      },
    ),
)

test('A12, F4: a stranger on the same private address is refused in the handshake, and the next path taken', () =>
  withNodes(
    {
      hosts: (net) => {
        const [near, distant] = [1, 2].map(() => net.box(presets.home, { link, subnet: '192.168.1.0/24' }))
        const office = net.box({ kind: 'open' }, { link })
        if (near === undefined || distant === undefined) throw new Error('no boxes')
        const bob = net.host({ behind: [distant, office] })
        net.host({ name: 'stranger', behind: near })
        return [net.host({ behind: near }), bob]
      },
    },
    async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      const stranger = testbed.net.findHost('stranger')
      const { candidates } = parseAddress(await bob.address(), verifyEd25519)
      const claimed = candidates.find(({ ip }) => isPrivate(ip))
      expect(claimed?.ip).toBe(stranger.ip)
      // A stranger with bob's private address and port; it must receive no byte of the pipe.
      const identity = createIdentity()
      const ends: unknown[] = []
      const listener = await stranger.network.listenTcp({
        local: { ip: stranger.ip, port: claimed?.port ?? 0 },
      })
      listener.onConnection(({ stream }) => {
        virtualSecure(identity)(stream, { role: 'server' }).then(
          () => ends.push('a pipe'),
          () => ends.push('refused'),
        )
      })
      const pipe = await alice.connect(bob.id)
      await wait(testbed.net.clock, 1000)
      expect([pipe.peer, isPrivate(pipe.remote?.ip ?? '')]).toEqual([bob.id, false])
      expect(ends).toEqual(['refused'])
      expect(pipe.connection.report).toContainEqual(
        expect.objectContaining({
          remote: `${claimed?.ip}:${claimed?.port}`,
          outcome: 'failed',
          reason: expect.stringContaining('another node is at this address'),
        }),
      )
      await listener.close()
    },
  ))

/** Two hosts on one LAN, each with a second NIC on the Internet, with both families. */
function onLanAndOutside(net: VirtualInternet): readonly VirtualHost[] {
  const home = net.box(presets.home, { link })
  return [1, 2].map(() => {
    const open = net.box({ kind: 'open' }, { link })
    return net.host({ behind: [home, open], families: ['IPv4', 'IPv6'] })
  })
}

test.each([['direct'], ['reverse']] as const)('A11: LAN only, external only are honoured by %s', (strategy) =>
  withNodes({ hosts: onLanAndOutside }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    for (const reach of ['lan', 'external'] as const) {
      const how = { strategies: [strategy], paths: { reach } }
      const ips = await opened(testbed, async () => {
        const pipe = await alice.connect(bob.id, how)
        expect(pipe.connection.strategy).toBe(strategy)
        await wait(testbed.net.clock, 1000)
      })
      expect(ips.size).toBeGreaterThan(0)
      expect([...ips].filter((ip) => isPrivate(ip) !== (reach === 'lan'))).toEqual([])
    }
  }),
)

const bothFamilies = { families: ['IPv4', 'IPv6'], link } as const

test.each([['direct'], ['reverse']] as const)(
  'A11: families and their order are honoured by %s',
  (strategy) =>
    withNodes({ hosts: [bothFamilies, bothFamilies] }, async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      for (const families of [['IPv6', 'IPv4'], ['IPv4', 'IPv6'], ['IPv6'], ['IPv4']] as const) {
        const how = { strategies: [strategy], paths: { families } } as const
        const ips = await opened(testbed, async () => {
          const pipe = await alice.connect(bob.id, how)
          expect(familyOf(pipe.remote?.ip ?? '')).toBe(families[0])
          await wait(testbed.net.clock, 1000)
        })
        expect(families).toEqual(expect.arrayContaining([...ips].map((ip) => familyOf(ip))))
      }
    }),
)

test('A11: with IPv6 before IPv4, a peer whose IPv6 is dead is reached over IPv4', () =>
  withNodes(
    {
      hosts: (net) => {
        const lossy = net.box(
          { ...(presets['full-cone-equal'] as NatSettings), untranslated: 'blocked' },
          { link },
        )
        const open = net.box({ kind: 'open' }, { link })
        const alice = net.host({ families: ['IPv4', 'IPv6'], link })
        return [alice, net.host({ behind: [lossy, open], families: ['IPv4', 'IPv6'] })]
      },
    },
    async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      const pipe = await alice.connect(bob.id, { paths: { families: ['IPv6', 'IPv4'] } })
      expect(pipe.peer).toBe(bob.id)
    },
  ))

/** A host whose default NIC has a dead line, and whose second NIC works. */
function deadFirst(net: VirtualInternet): VirtualHost {
  const dead = net.box({ kind: 'open' }, { link: { ...link, loss: 1 } })
  return net.host({ behind: [dead, net.box({ kind: 'open' }, { link })] })
}

test.each([['direct'], ['reverse']] as const)(
  'A14: where the line of the default NIC is dead, %s uses the other NIC',
  (strategy) =>
    withNodes(
      {
        hosts: (net) => {
          const hosts = [deadFirst(net), net.host({ link })]
          // The dialling side has the two NICs.
          return strategy === 'direct' ? hosts : hosts.reverse()
        },
      },
      async (testbed) => {
        const [caller, peer] = pairOf(testbed)
        const dialler = testbed.hosts[strategy === 'direct' ? 0 : 1]
        const pipe = await caller.connect(peer.id, { strategies: [strategy] })
        expect(pipe.connection.strategy).toBe(strategy)
        expect((strategy === 'direct' ? pipe.local : pipe.remote)?.ip).toBe(dialler?.addresses[1])
        // The default NIC had a head start of a quarter of a second; then come the two handshakes.
        expect(pipe.connection.elapsedMs).toBeGreaterThan(250)
        expect(pipe.connection.elapsedMs).toBeLessThan(250 + 4 * 50 + 100)
      },
    ),
)

test('A14: a NIC that appears while the node runs is used', () =>
  withNodes(
    {
      hosts: (net) => {
        const [shut, open] = [
          net.box(presets['symmetric-random'], { link }),
          net.box({ kind: 'open' }, { link }),
        ]
        const bob = net.host({ name: 'bob', behind: [shut, open] })
        bob.setNic('eth1', 'down')
        return [net.host({ nat: presets['symmetric-random'], link }), bob]
      },
    },
    async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      const how = { strategies: ['direct', 'reverse'] } as const
      await expect(alice.connect(bob.id, how)).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' })
      testbed.net.findHost('bob').setNic('eth1', 'up')
      // A node reacts to a change of the network within 2 s.
      await wait(testbed.net.clock, 2000)
      const pipe = await alice.connect(bob.id, how)
      expect([pipe.remote?.ip, pipe.connection.strategy]).toEqual([
        testbed.net.findHost('bob').addresses[1],
        'direct',
      ])
    },
  ))

test('A18: a caller with an old address learns the fresh one', () =>
  withNodes(
    {
      hosts: (net) => {
        const [first, second] = [1, 2].map(() => net.box({ kind: 'open' }, { link }))
        if (first === undefined || second === undefined) throw new Error('no boxes')
        const bob = net.host({ name: 'bob', behind: [first, second] })
        bob.setNic('eth1', 'down')
        return [net.host({ link }), bob]
      },
    },
    async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      const host = testbed.net.findHost('bob')
      const old = await bob.address()
      host.setNic('eth1', 'up')
      host.setNic('eth0', 'down')
      await wait(testbed.net.clock, 2000)
      const pipe = await alice.connect(old)
      expect(pipe.remote?.ip).toBe(host.addresses[1])
      expect(pipe.connection.report).toContainEqual(
        expect.objectContaining({
          remote: expect.stringContaining(host.addresses[0] ?? ''),
          outcome: 'cancelled',
        }),
      )
    },
  ))
