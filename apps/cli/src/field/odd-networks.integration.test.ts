import { expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { inFolder, run, writeServers } from '../testdata/run.ts'
import { objectsOf, outcome, start } from '../testdata/start-process.ts'
import { createTwoNamespaces, type TwoNamespaces, whyNoNamespaces } from '../testdata/two-namespaces.ts'

const onNamespaces = whyNoNamespaces() === undefined ? test : test.skip
const OFF = { P2PD_PORT_MAPPING: 'off' }

interface Nat {
  readonly type: string
  readonly confidence: number
  readonly mapping: string
  readonly evidence: readonly string[]
}
interface Nic {
  readonly name: string
  readonly routes: readonly { readonly nicAddresses: string[]; readonly nat: { udp: Nat; tcp: Nat } }[]
}

/** Runs work with servers on the far host; the near one has their file. */
async function withServers(
  net: TwoNamespaces,
  host: string,
  work: (path: (name: string) => string, servers: string) => Promise<void>,
): Promise<void> {
  const infra = start(['infra', '--host', host, '--json'], { namespace: net.far })
  try {
    const { servers } = await objectsOf(infra)()
    await inFolder((path) => work(path, writeServers(path('servers.json'), servers)))
  } finally {
    infra.kill()
    net.close()
  }
}

/** The NATs of `up0` on the near host, for its first family. */
async function netcheck(
  net: TwoNamespaces,
  servers: string,
  expected = 0,
): Promise<Nic['routes'][number]['nat']> {
  const options = { namespace: net.near, env: OFF }
  const [status, output] = await outcome(start(['netcheck', '--json', '--servers', servers], options))
  expect(status).toBe(expected)
  const { interfaces } = JSON.parse(output.split('\n')[0] ?? '') as { interfaces: readonly Nic[] }
  const nat = interfaces.find(({ name }) => name === 'up0')?.routes[0]?.nat
  if (nat === undefined) throw new Error(output)
  return nat
}

onNamespaces(
  'I1: fault 9: a default route without a router is tested',
  () => {
    const net = createTwoNamespaces(['192.168.50.5/32'], ['10.88.0.1/24'])
    net.ip(net.near, 'route add default dev up0')
    net.ip(net.far, 'route add 192.168.50.5/32 dev up0')
    return withServers(net, '10.88.0.1', async (_, servers) => {
      const { udp, tcp } = await netcheck(net, servers)
      expect([udp.type, tcp.type]).toEqual(['udp-firewall', 'udp-firewall'])
      expect(Math.min(udp.confidence, tcp.confidence)).toBeGreaterThan(0)
    })
  },
  60_000,
)

onNamespaces(
  'I1: fault 10: an unrouted public address beside the real one: the kernel’s choice is tested',
  () => {
    const net = createTwoNamespaces(
      ['198.51.100.7/32', '192.168.50.5/24'],
      ['192.168.50.1/24', '10.88.0.1/24'],
    )
    net.ip(net.near, 'route add default via 192.168.50.1')
    return withServers(net, '10.88.0.1', async (_, servers) => {
      const { udp, tcp } = await netcheck(net, servers)
      expect([udp.type, tcp.type]).toEqual(['udp-firewall', 'udp-firewall'])
    })
  },
  60_000,
)

onNamespaces(
  'I1: fault 8: a host whose only NIC is a veth without a default route is called by its address',
  () => {
    const net = createTwoNamespaces(['10.77.0.5/24'], ['10.77.0.1/24'])
    return withServers(net, '10.77.0.1', async (path, servers) => {
      const bob = ['listen', '--echo', '--json', '--servers', servers, '--identity', path('bob.pem')]
      const listener = start(bob, { namespace: net.near, env: OFF })
      try {
        const { id, address } = await objectsOf(listener)()
        const me = ['--identity', path('alice.pem'), '--send', 'hello', '--recv', '5', '--json']
        for (const target of [id, address]) {
          const call = ['connect', target as string, '--servers', servers, ...me, '--strategies', 'direct']
          const [status, output, errors] = await outcome(start(call, { namespace: net.far, env: OFF }))
          expect([status, output, errors]).toEqual([
            0,
            expect.stringContaining('"remote":"10.77.0.5:'),
            expect.any(String),
          ])
        }
        // The NIC was tested: no side is taken for a network that lets nothing through. Two dials never cross on this cable.
        for (const strategy of ['udp-punch', 'tcp-punch']) {
          const call = ['connect', id as string, '--servers', servers, '--strategies', strategy, ...me]
          const [status, output] = await outcome(start(call, { namespace: net.far, env: OFF }))
          expect([status, output]).toEqual([0, expect.stringContaining(`"strategy":"${strategy}"`)])
        }
      } finally {
        listener.kill()
      }
    })
  },
  60_000,
)

onNamespaces(
  'I1: fault 11: a firewall drops STUN over TCP, and a broker answers: netcheck and doctor do not call TCP blocked',
  () => {
    const net = createTwoNamespaces(['192.168.50.5/24'], ['192.168.50.1/24', '10.88.0.1/24'])
    net.ip(net.near, 'route add default via 192.168.50.1')
    net.ip(net.far, 'route add blackhole 10.88.0.9/32')
    return withServers(net, '10.88.0.1', async (path, all) => {
      const known = JSON.parse(readFileSync(all, 'utf8')) as { stun: string[]; mqtt: string[] }
      const stun = known.stun.map((uri) =>
        uri.includes('tcp') ? uri.replace('10.88.0.1', '10.88.0.9') : uri,
      )
      const servers = writeServers(path('dropped.json'), { ...known, stun })
      const { udp, tcp } = await netcheck(net, servers)
      expect([udp.type, tcp.confidence]).toEqual(['udp-firewall', 0])
      expect(tcp.evidence[0]).toContain('other servers send packets back by this protocol')
      const doctor = start(['doctor', '--servers', servers], { namespace: net.near, env: OFF })
      const [, findings] = await outcome(doctor)
      expect(findings).toContain('ok   TCP out: a broker answers')
      expect(findings).not.toContain('TCP blocked')
    })
  },
  60_000,
)

onNamespaces(
  'I1: fault 11: a firewall drops STUN over TCP, and the broker refuses by a RST: TCP is not called blocked',
  () => {
    const net = createTwoNamespaces(['192.168.50.5/24'], ['192.168.50.1/24', '10.88.0.1/24'])
    net.ip(net.near, 'route add default via 192.168.50.1')
    net.ip(net.far, 'route add blackhole 10.88.0.9/32')
    return inFolder(async (path) => {
      try {
        const list = {
          stun: ['stun:10.88.0.9:3478?transport=tcp'],
          mqtt: ['mqtt://10.88.0.1:1883'],
          turn: [],
        }
        const servers = writeServers(path('refused.json'), list)
        // No broker works, which is the failure of the command.
        const { tcp } = await netcheck(net, servers, 1)
        expect(tcp).toMatchObject({ confidence: 0, mapping: 'unknown' })
        expect(tcp.evidence[0]).toContain('other servers send packets back by this protocol')
        const doctor = start(['doctor', '--servers', servers], { namespace: net.near, env: OFF })
        const [, findings] = await outcome(doctor)
        expect(findings).toContain('ok   TCP out: mqtt://10.88.0.1:1883 is reached')
      } finally {
        net.close()
      }
    })
  },
  60_000,
)

test('I1: fault 8: no reason of a failed call blames the network for what the host has not', () =>
  inFolder(async (path) => {
    const servers = writeServers(path('servers.json'), { stun: [], mqtt: [], turn: [] })
    const id = await run(['id', '--identity', path('bob.pem')]).text()
    const call = run(['connect', id.trim(), '--servers', servers, '--identity', path('alice.pem')])
    expect(await call.status).toBe(1)
    expect(call.errors()).toContain('no MQTT broker is configured')
    expect(call.errors()).not.toContain('lets no TCP through')
  }))
