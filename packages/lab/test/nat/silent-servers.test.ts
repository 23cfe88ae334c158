import { expect, test } from '@jest/globals'
import { formatNetcheck, type Netcheck, type NetcheckOptions, netcheck, type NetcheckRoute } from '@p2pd/nat'
import { startStunServers } from '../../bench/nat-lab.ts'
import { presets, VirtualInternet } from '../../src/index.ts'

type NatByProtocol = NetcheckRoute['nat']

/** Runs netcheck behind a home's NAT; returns the NAT of the NIC, and the whole result. */
async function check(
  start: (net: VirtualInternet) => Promise<string>,
  others: NetcheckOptions['others'] = {},
): Promise<{ readonly nat: NatByProtocol | undefined; readonly whole: Netcheck }> {
  const net = new VirtualInternet({ seed: 7 })
  return net.run(async () => {
    const servers = [await start(net)]
    const host = net.host({ nat: presets.home, link: { delayMs: 19 } })
    const ports = { network: host.network, clock: net.clock, random: host.random }
    const whole = await netcheck(ports, { servers, others })
    return { nat: whole.interfaces[0]?.routes[0]?.nat, whole }
  })
}

/** A server of STUN over TCP that accepts connections and says nothing. */
async function mute(net: VirtualInternet): Promise<string> {
  const { ip, network } = net.host()
  const listener = await network.listenTcp({ local: { ip, port: 3478 } })
  listener.onConnection(() => {})
  return `stun:${ip}:3478?transport=tcp`
}

/** Nobody is there. */
const gone = (net: VirtualInternet, transport: string) =>
  Promise.resolve(`stun:${net.host({ nat: { kind: 'firewall' } }).ip}:3478${transport}`)

test('I1: fault 11: a TCP server that accepts and stays silent: netcheck does not say `blocked`', async () => {
  const { nat } = await check(mute)
  expect(nat?.tcp).toMatchObject({ type: 'port-restricted', confidence: 0 })
  expect(nat?.tcp.evidence[0]).toMatch(/^not tested: packets pass/)
})

test.each([
  ['udp', ''],
  ['tcp', '?transport=tcp'],
] as const)(
  'I1: fault 10: one server without an answer over %s is no more than a guess',
  async (protocol, transport) => {
    const { nat } = await check((net) => gone(net, transport))
    expect(nat?.[protocol]).toMatchObject({ type: 'blocked', confidence: 0.5 })
  },
)

test.each([
  ['a broker', 'tcp', '?transport=tcp', 'mqtt', true],
  ['a TURN server that refuses the credentials', 'tcp', '?transport=tcp', 'turn', false],
  ['a TURN server', 'udp', '', 'turn', true],
] as const)(
  'I1: fault 10: %s that is reached over %s contradicts `blocked`',
  async (_, protocol, transport, kind, ok) => {
    const reached = [{ protocol, family: 'IPv4' }] as const
    const others = { [kind]: Promise.resolve([{ server: 'x', ok, reached }]) }
    const { nat } = await check((net) => gone(net, transport), others)
    expect(nat?.[protocol]).toMatchObject({ confidence: 0 })
    expect(nat?.[protocol].evidence[0]).toMatch(/^not tested: no STUN server answered/)
  },
)

test('a server that is reached by another family or protocol contradicts nothing', async () => {
  const reached = [
    { protocol: 'udp', family: 'IPv4' },
    { protocol: 'tcp', family: 'IPv6' },
  ] as const
  const others = { mqtt: Promise.resolve([{ server: 'x', ok: true, reached }]) }
  const { nat } = await check((net) => gone(net, '?transport=tcp'), others)
  expect(nat?.tcp.type).toBe('blocked')
})

test('I1: fault 10: a server that is reached at a web port alone leaves TCP blocked for peers, and the check says so', async () => {
  const reached = [{ protocol: 'tcp', family: 'IPv4', webOnly: true }] as const
  const others = { mqtt: Promise.resolve([{ server: 'x', ok: true, reached }]) }
  const { nat, whole } = await check((net) => gone(net, '?transport=tcp'), others)
  expect(nat?.tcp).toMatchObject({ type: 'blocked', confidence: 0.5 })
  expect(nat?.tcp.evidence.at(-1)).toMatch(/reached at a web port/)
  expect(formatNetcheck(whole)).toMatch(/TCP {2}blocked: .*web port/)
})

test('B4: mapping and filtering of a NAT that was not tested are unknown, as the types in the list of the check say', async () => {
  const { nat } = await check(mute)
  expect(nat?.tcp).toMatchObject({ confidence: 0, mapping: 'unknown', filtering: 'unknown' })
})

test('B5: a global IPv6 address that no STUN server can see is reported as the firewall that nodes take it for', async () => {
  const net = new VirtualInternet({ seed: 8 })
  const { interfaces } = await net.run(async () => {
    const servers = await startStunServers(net)
    const host = net.host({ nat: { kind: 'firewall' }, families: ['IPv6'] })
    return netcheck({ network: host.network, clock: net.clock, random: host.random }, { servers })
  })
  const assumed = { type: 'udp-firewall', confidence: 0, assumed: true, mapping: 'endpoint-independent' }
  expect(interfaces[0]?.routes).toMatchObject([{ family: 'IPv6', nat: { udp: assumed, tcp: assumed } }])
})
