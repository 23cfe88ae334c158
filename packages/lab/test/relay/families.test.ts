import { expect, test } from '@jest/globals'
import { type HostOptions, presets } from '@p2pd/lab'
import { type Family, familyOf } from '@p2pd/netif'
import { far } from '../connect/testbed.ts'
import { transfer } from '../hosts/transfer.ts'
import { connect, type Relayed, withRelay } from './with-relay.ts'

const four: HostOptions = { nat: presets.home, families: ['IPv4'] }
const six: HostOptions = { nat: presets['symmetric-random'], families: ['IPv6'] }
const web = { nat: presets.hotel } as const
/** A firewall that lets UDP out, and no TCP. */
const udpAlone = { nat: { ...presets.home, traffic: { passes: 'no-tcp' } } } as const

/** Hosts that share no family, and the family at which the callee meets the relay. */
const PAIRS: readonly (readonly [string, HostOptions, HostOptions, Family])[] = [
  ['an IPv4 host calls an IPv6 host', four, six, 'IPv6'],
  ['an IPv6 host calls an IPv4 host', six, four, 'IPv4'],
  ['an IPv6 host calls an IPv6 host', six, six, 'IPv6'],
]

const SERVERS: readonly (readonly [string, Relayed])[] = [
  ['TCP', { hosts: [], transports: [['tcp'], []] }],
  ['UDP', { hosts: [], transports: [['udp'], []] }],
]

for (const [pair, caller, callee, family] of PAIRS)
  test.each(SERVERS)(`A9: ${pair} through a %s relay of the family that it has`, (_, servers) =>
    withRelay(
      { ...servers, hosts: [far(caller), far(callee)], turnFamilies: ['IPv4', 'IPv6'] },
      async (testbed) => {
        const pipes = await connect(testbed, { strategies: ['relay'] })
        expect(pipes.map(({ connection }) => familyOf(connection.remote?.ip ?? ''))).toEqual([family, family])
        const { sent, arrived } = await transfer(pipes, 20_000)
        expect(arrived).toEqual(sent)
      },
    ),
  )

test('A6: two hosts without a common family need a relay, and know it at once', () =>
  withRelay({ hosts: [far(four), far(six)], turnFamilies: ['IPv4', 'IPv6'] }, async (testbed) => {
    const [{ connection }] = await connect(testbed)
    expect(connection.elapsedMs).toBeLessThan(1_000)
    const [won] = connection.report.filter(({ outcome }) => outcome === 'won')
    expect(won).toMatchObject({ reason: 'relayed, because the two hosts share no family of addresses' })
  }))

test.each([
  ['TCP', { hosts: [], relaysTcp: true }],
  ['UDP', { hosts: [], relaysTcp: false }],
] as const)('A9: two hosts with nothing but the web meet by a %s relay of each', (_, servers) =>
  withRelay({ ...servers, hosts: [far(web), far(web)] }, async (testbed) => {
    const pipes = await connect(testbed, { strategies: ['relay'] })
    const { sent, arrived } = await transfer(pipes, 20_000)
    expect(arrived).toEqual(sent)
  }),
)

const MIXED: readonly (readonly [string, Relayed])[] = [
  [
    'the web alone calls one with UDP alone',
    { hosts: [far(web), far(udpAlone)], transports: [['udp', 'tcp'], []] },
  ],
  [
    'the web alone calls one with UDP alone and a server of its own',
    {
      hosts: [far(web), far(udpAlone)],
      transports: [
        ['udp', 'tcp'],
        ['udp', 'tcp'],
      ],
    },
  ],
  [
    'UDP alone calls one with the web alone',
    {
      hosts: [far(udpAlone), far(web)],
      transports: [
        ['udp', 'tcp'],
        ['udp', 'tcp'],
      ],
    },
  ],
]

for (const relaysTcp of [true, false])
  test.each(MIXED)(
    `A9: a host with %s, through UDP relays of a server that ${relaysTcp ? 'relays TCP, too' : 'relays no TCP'}`,
    (_, options) =>
      withRelay({ ...options, relaysTcp }, async (testbed) => {
        const pipes = await connect(testbed, { strategies: ['relay'] })
        const { sent, arrived } = await transfer(pipes, 20_000)
        expect(arrived).toEqual(sent)
      }),
  )
