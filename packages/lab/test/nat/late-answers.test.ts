import { expect, test } from '@jest/globals'
import { discoverNat, type NatReport } from '@p2pd/nat'
import { type Clock, type Network, sleep, type TcpConnection } from '@p2pd/netif'
import { startStunServers } from '../../bench/nat-lab.ts'
import { presets, VirtualInternet } from '../../src/index.ts'

/** A busy host: it takes each connection so long after the handshake. */
function slowToAccept(network: Network, clock: Clock, delayMs: number): Network {
  const listenTcp: Network['listenTcp'] = async (options) => {
    const listener = await network.listenTcp(options)
    return {
      local: listener.local,
      onConnection: (accept) =>
        listener.onConnection((connection) => {
          connection.stream.pause()
          void sleep(clock, delayMs).then(() => accept(connection))
        }),
      close: () => listener.close(),
    }
  }
  return portsOf(network, { listenTcp })
}

/** A host whose connections break when it listens on their port: the server cannot report any more. */
function breaksOnListening(network: Network): Network {
  const connections: TcpConnection[] = []
  const dial: Network['dial'] = async (options) => {
    const connection = await network.dial(options)
    connections.push(connection)
    return connection
  }
  const listenTcp: Network['listenTcp'] = (options) => {
    const { port } = options.local
    for (const { local, stream } of connections) if (local.port === port) stream.destroy()
    return network.listenTcp(options)
  }
  return portsOf(network, { dial, listenTcp })
}

function portsOf(network: Network, replaced: Partial<Network>): Network {
  return {
    interfaces: () => network.interfaces(),
    resolve: (...name) => network.resolve(...name),
    bindUdp: (options) => network.bindUdp(options),
    dial: (options) => network.dial(options),
    listenTcp: (options) => network.listenTcp(options),
    ...replaced,
  }
}

/** The reports of a NAT that filters by address, over TCP: as soon as it is known, and in the end. */
function reportsOf(change: (network: Network, clock: Clock) => Network): Promise<NatReport[]> {
  const net = new VirtualInternet({ seed: 1 })
  return net.run(async () => {
    const servers = await startStunServers(net)
    const host = net.host({ nat: presets['restricted-preserving'], link: { delayMs: 2 } })
    const { clock } = net
    const ports = { network: change(host.network, clock), clock, random: host.random }
    const reports: NatReport[] = []
    const onKnown = (report: NatReport) => void reports.push(report)
    const { report } = await discoverNat(ports, { servers, protocol: 'tcp', goal: 'behaviour', onKnown })
    return [...reports, report]
  })
}

test('B1: on a busy host the report of the server overtakes its connection: the filter is by address', async () => {
  const reports = await reportsOf((network, clock) => slowToAccept(network, clock, 40))
  expect(reports.map(({ filtering }) => filtering)).toEqual(['address-dependent', 'address-dependent'])
})

test('B1: a filter without an answer so far is unknown', async () => {
  const reports = await reportsOf((network, clock) => slowToAccept(network, clock, 600))
  expect(reports.map(({ filtering }) => filtering)).toEqual(['unknown', 'address-dependent'])
  expect(reports[0]?.type).toBe('port-restricted')
})

test('B1: a filtering test that was lost says nothing of the filter', async () => {
  const reports = await reportsOf((network) => breaksOnListening(network))
  expect(reports.at(-1)).toMatchObject({ filtering: 'unknown' })
})
