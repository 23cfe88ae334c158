import { expect, test } from '@jest/globals'
import { startStunServer } from '@p2pd/infra'
import { discoverExternalAddress, discoverNat, type NatDiscovery } from '@p2pd/nat'
import { AttributeType, decodeMessage, encodeMessage, encodeXorMappedAddress, MessageClass } from '@p2pd/stun'
import type { TransportAddress } from '@p2pd/netif'
import { ROUND_TRIP_MS, startStunServers } from '../../bench/nat-lab.ts'
import { type BoxSettings, presets, type VirtualHost, VirtualInternet } from '../../src/index.ts'

/** A liar's answer to a request from `source`; it may have another transaction id. */
type Lie = (source: TransportAddress, count: number) => { mapped: TransportAddress; otherId?: boolean }

/** Starts a server that answers with lies, from another port on request. */
async function startLiar(host: VirtualHost, lie: Lie, fromPort = 3478): Promise<string> {
  const socket = await host.network.bindUdp({ local: { ip: host.ip, port: 3478 } })
  const sender =
    fromPort === 3478 ? socket : await host.network.bindUdp({ local: { ip: host.ip, port: fromPort } })
  let count = 0
  socket.onMessage((packet, source) => {
    const { method, transactionId: id } = decodeMessage(packet)
    const { mapped, otherId = false } = lie(source, count++)
    const transactionId = otherId ? id.map((byte) => byte ^ 0xff) : id
    const attributes = [
      { type: AttributeType.XorMappedAddress, value: encodeXorMappedAddress(mapped, transactionId) },
    ]
    sender.send(
      encodeMessage({ class: MessageClass.SuccessResponse, method, transactionId, attributes }),
      source,
    )
  })
  return `stun:${host.ip}:3478`
}

interface Heard {
  readonly discovery: NatDiscovery
  readonly liar: string
  readonly elapsedMs: number
}

/** Runs a discovery with a liar at this position in the list, among honest servers. */
function discoverWithLiar(nat: BoxSettings, lie: Lie, place: number, fromPort?: number): Promise<Heard> {
  const net = new VirtualInternet({ seed: 5 })
  return net.run(async () => {
    const honest = (await startStunServers(net)).filter((uri) => !uri.includes('tcp'))
    const liar = await startLiar(net.host(), lie, fromPort)
    const servers = honest.toSpliced(place, 0, liar)
    const host = net.host({ nat, link: { delayMs: 19 } })
    const start = net.clock.now()
    const ports = { network: host.network, clock: net.clock, random: host.random }
    const discovery = await discoverNat(ports, { servers, goal: 'behaviour' })
    return { discovery, liar, elapsedMs: net.clock.now() - start }
  })
}

const elsewhere = { ip: '8.8.8.8', port: 53 }

const lies: readonly (readonly [string, RegExp, Lie, number?])[] = [
  ['a constant answer', /to two ports|where others saw/, () => ({ mapped: elsewhere })],
  [
    'changing answers',
    /changed its answer|where others saw/,
    (_, count) => ({ mapped: { ip: '8.8.8.8', port: 1000 + count } }),
  ],
  ['a private address', /private address/, ({ port }) => ({ mapped: { ip: '10.0.0.9', port } })],
  ['a wrong transaction id', /wrong transaction id/, (mapped) => ({ mapped, otherId: true })],
  ['an answer from elsewhere', /answer from|no answer/, (mapped) => ({ mapped }), 9999],
]

const cases = lies.flatMap(([name, reason, lie, fromPort]) =>
  (['port-restricted-equal', 'full-cone-random', 'symmetric-independent'] as const).flatMap((preset) =>
    [0, 1].map((place) => ({ name, preset, place, reason, lie, fromPort })),
  ),
)

test.each(cases)(
  '$name at place $place, behind $preset: outvoted and named',
  async ({ preset, place, reason, lie, fromPort }) => {
    const { discovery, liar } = await discoverWithLiar(presets[preset], lie, place, fromPort)
    const [type, delta] = [
      preset.slice(0, preset.lastIndexOf('-')),
      preset.slice(preset.lastIndexOf('-') + 1),
    ]
    expect(discovery.report).toMatchObject({ type, delta: { type: delta } })
    expect(discovery.report.externalAddresses).toHaveLength(1)
    expect(discovery.servers.find(({ server }) => server === liar)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(reason) as unknown,
    })
    expect(discovery.report.evidence.join('\n')).toMatch(reason)
  },
)

/** Measures a list whose first servers are dead. */
async function withDead(
  dead: number,
  alive: number,
): Promise<{ addressMs: number; knownMs: number; sockets: number }> {
  const net = new VirtualInternet({ seed: 6 })
  return net.run(async () => {
    const gone = Array.from({ length: dead }, () => `stun:${net.host().ip}:3478`)
    const servers: string[] = []
    for (let i = 0; i < alive; i++) {
      const { network, addresses } = net.host({ addresses: i === 0 ? 2 : 1 })
      const { uris } = await startStunServer({ hosts: addresses, port: 3478, network, clock: net.clock })
      servers.push(uris.find((uri) => !uri.includes('tcp')) as string)
    }
    const host = net.host({ nat: presets.home, link: { delayMs: 19 } })
    const counter = countSockets(host)
    const ports = { network: counter.network, clock: net.clock, random: host.random }
    const start = net.clock.now()
    const list = [...gone, ...servers]
    await discoverExternalAddress(ports, { servers: list })
    const addressMs = net.clock.now() - start
    let knownMs = 0
    await discoverNat(ports, {
      servers: list,
      onKnown: () => (knownMs = net.clock.now() - start - addressMs),
    })
    expect(counter.open).toBe(0)
    return { addressMs, knownMs, sockets: counter.most }
  })
}

/** The host's network, with a count of open UDP sockets. */
function countSockets({ network }: VirtualHost) {
  const counter = {
    open: 0,
    most: 0,
    network: {
      ...network,
      bindUdp: async (options: Parameters<typeof network.bindUdp>[0]) => {
        const socket = await network.bindUdp(options)
        counter.most = Math.max(counter.most, ++counter.open)
        const { local } = socket
        return {
          local,
          send: socket.send.bind(socket),
          onMessage: socket.onMessage.bind(socket),
          close: () => {
            counter.open--
            socket.close()
          },
        }
      },
    },
  }
  return counter
}

test('the external address takes one round trip', async () => {
  expect((await withDead(0, 3)).addressMs).toBe(ROUND_TRIP_MS)
})

test.each([1, 2, 3])(
  'B8: with %s of 10 servers dead, the first ones, it costs staggered starts only',
  async (dead) => {
    const { addressMs, knownMs, sockets } = await withDead(dead, 10 - dead)
    expect(addressMs).toBeLessThanOrEqual(250 + ROUND_TRIP_MS)
    expect(knownMs).toBeLessThan(1000)
    expect(sockets).toBeLessThanOrEqual(10)
  },
)

test('I1: fault 11: servers that refuse TCP: not tested there, and not blocked', () => {
  const net = new VirtualInternet({ seed: 5 })
  return net.run(async () => {
    // Nobody listens on these hosts, whose kernels refuse.
    const servers = [1, 2].map(() => `stun:${net.host().ip}:3478?transport=tcp`)
    const host = net.host({ nat: presets.home, link: { delayMs: 19 } })
    const ports = { network: host.network, clock: net.clock, random: host.random }
    const { report } = await discoverNat(ports, { servers, protocol: 'tcp', goal: 'behaviour' })
    expect([report.type === 'blocked', report.evidence[0]]).toEqual([
      false,
      'not tested: no STUN over TCP there',
    ])
  })
})
