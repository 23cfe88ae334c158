import { expect, test } from '@jest/globals'
import { presets, type VirtualBox, type VirtualHost, type VirtualInternet } from '@p2pd/lab'
import { drawGateway, type ScriptedGateway } from '@p2pd/portmap/testing'
import { pairOf, type Testbed, wait, withNodes } from '../connect/testbed.ts'
import { virtualFirewall, virtualGateway } from '../hosts/virtual-gateway.ts'

const link = { delayMs: 12.5 }
const symmetric = presets['symmetric-random']

/** A caller behind a NAT with random ports, and a peer whose node asks gateways for port mappings. */
interface Home {
  /** Adds the peer and the boxes before it. */
  readonly peer: (net: VirtualInternet) => VirtualHost
  /** Starts the gateways on the boxes. */
  readonly prepare: (net: VirtualInternet) => Promise<unknown>
  /** @default 'IPv4' */
  readonly family?: 'IPv4' | 'IPv6'
}

function withHome(
  { peer, prepare, family = 'IPv4' }: Home,
  play: (testbed: Testbed) => Promise<void>,
): Promise<void> {
  const caller = family === 'IPv4' ? { nat: symmetric, link } : { families: ['IPv6'] as const, link }
  const hosts = (net: VirtualInternet) => [net.host(caller), peer(net)]
  return withNodes({ hosts, prepare, stun: family, mapsPort: 1 }, play)
}

/** The address at which the caller reaches the peer by `direct`; undefined when it does not. */
async function reachedAt(testbed: Testbed) {
  const [caller, peer] = pairOf(testbed)
  try {
    const pipe = await caller.connect(peer.id, { strategies: ['direct'] })
    await pipe.close()
    return pipe.remote
  } catch {
    return undefined
  }
}

const homeBehindCarrier = (net: VirtualInternet): VirtualHost => {
  const carrier = net.box(symmetric, { name: 'carrier', link, subnet: '100.64.0.0/24' })
  return net.host({ behind: net.box(symmetric, { name: 'home', behind: carrier }) })
}
const externalOf = (box: VirtualBox) => box.external[0]

test('E3: double NAT: the mapping of the home router is not published, and nobody comes in by it', () => {
  let home: ScriptedGateway | undefined
  return withHome(
    {
      peer: homeBehindCarrier,
      prepare: async (net) =>
        (home = await virtualGateway(net, net.findBox('home'), { igd: {}, natPmp: true })),
    },
    async (testbed) => {
      expect(home?.table.rows(testbed.net.clock.now())).toHaveLength(1)
      expect(await reachedAt(testbed)).toBeUndefined()
    },
  )
})

test("E3: a home router that is a PCP proxy maps at the carrier's gateway too: the peer is reached through both", () => {
  const gateways: ScriptedGateway[] = []
  return withHome(
    {
      peer: homeBehindCarrier,
      prepare: async (net) => {
        const upstream = await virtualGateway(net, net.findBox('carrier'), {})
        gateways.push(upstream, await virtualGateway(net, net.findBox('home'), { pcp: true, upstream }))
      },
    },
    async (testbed) => {
      const { net } = testbed
      const rows = () => gateways.map(({ table }) => table.rows(net.clock.now()))
      const [outer] = rows()[0] ?? []
      expect(await reachedAt(testbed)).toEqual({
        ip: externalOf(net.findBox('carrier')),
        port: outer?.externalPort,
      })
      await pairOf(testbed)[1].close()
      expect(rows()).toEqual([[], []])
    },
  )
})

test.each([
  ['PCP', { pcp: true }],
  ['a pinhole of UPnP', { igd: { services: [{ name: 'WANIPv6FirewallControl', version: 1 }] } }],
] as const)('E1: IPv6: a peer behind a firewall that %s opens is reached by direct', (_name, script) => {
  let firewall: ScriptedGateway | undefined
  return withHome(
    {
      family: 'IPv6',
      peer: (net) =>
        net.host({ families: ['IPv6'], behind: net.box({ kind: 'firewall' }, { name: 'home', link }) }),
      prepare: async (net) => (firewall = await virtualFirewall(net, net.findBox('home'), script)),
    },
    async (testbed) => {
      const { net, hosts } = testbed
      const rows = () => firewall?.table.rows(net.clock.now()) ?? []
      const [opened] = rows()
      expect(await reachedAt(testbed)).toEqual({ ip: hosts[1]?.ip, port: opened?.internalPort })
      await pairOf(testbed)[1].close()
      expect(rows()).toEqual([])
    },
  )
})

/** Seeds of one run; `P2PD_GATEWAYS=50` is the long one. */
const COUNT = Number(process.env['P2PD_GATEWAYS'] ?? 2)

test(
  `E2: ${COUNT} gateways with quirks by seed: a node is reached where its gateway maps, and leaves nothing`,
  async () => {
    for (let seed = 1; seed <= COUNT; seed++) {
      const drawn = drawGateway(seed, { multicast: false })
      let gateway: ScriptedGateway | undefined
      await withHome(
        {
          peer: (net) => net.host({ behind: net.box(symmetric, { name: 'home', link }) }),
          prepare: async (net) => {
            gateway = await virtualGateway(net, net.findBox('home'), drawn.script)
            if (drawn.isFull) gateway.table.capacity = 0
          },
        },
        async (testbed) => {
          const { clock } = testbed.net
          // Some take seconds for each answer.
          await wait(clock, 40_000)
          const isReached = (await reachedAt(testbed)) !== undefined
          // A wrong address is not published, and yet the port may be tried: this NAT forwards it.
          if (drawn.isPublic) expect([drawn.names, isReached]).toEqual([drawn.names, drawn.maps])
          await pairOf(testbed)[1].close()
          await wait(clock, 10_000)
          expect([drawn.names, gateway?.table.rows(clock.now())]).toEqual([drawn.names, []])
        },
      )
    }
  },
  COUNT * 20_000,
)
