import { expect, test } from '@jest/globals'
import { startStunServer } from '@p2pd/infra'
import { mapTcpPort, mapUdpSocket } from '@p2pd/nat'
import type { TransportAddress } from '@p2pd/netif'
import { ROUND_TRIP_MS, startStunServers } from '../../bench/nat-lab.ts'
import { type BoxSettings, presets, type VirtualHost, VirtualInternet } from '../../src/index.ts'

const HOME = presets['port-restricted-preserving']

interface Place {
  readonly net: VirtualInternet
  readonly host: VirtualHost
  readonly ports: {
    network: VirtualHost['network']
    clock: VirtualInternet['clock']
    random: VirtualHost['random']
  }
  readonly local: TransportAddress
}

/** A host behind a NAT, 50 ms from the servers. */
function run(nat: BoxSettings, body: (place: Place) => Promise<void>): Promise<void> {
  const net = new VirtualInternet({ seed: 11 })
  return net.run(() => {
    const host = net.host({ nat, link: { delayMs: 19 } })
    const ports = { network: host.network, clock: net.clock, random: host.random }
    return body({ net, host, ports, local: { ip: host.ip, port: 0 } })
  })
}

const deadServers = (net: VirtualInternet, count: number, parameters = '') =>
  Array.from({ length: count }, () => `stun:${net.host().ip}:3478${parameters}`)

test('B7: the mapping of an open UDP socket, which peers can be sent from', () =>
  run(HOME, async ({ net, ports, local }) => {
    const servers = await startStunServers(net)
    const socket = await ports.network.bindUdp({ local })
    const { external, server, rttMs } = await mapUdpSocket(ports, { socket, servers })
    expect([server, rttMs]).toEqual([servers[0], ROUND_TRIP_MS])
    const peer = net.host()
    const answering = await peer.network.bindUdp({ local: { ip: peer.ip, port: 7000 } })
    const seen = new Promise<TransportAddress>((resolve) => answering.onMessage((_, from) => resolve(from)))
    socket.send(new Uint8Array(1), answering.local)
    expect(await seen).toEqual(external)
  }))

test('B7: the mapping of a TCP port, held by an open connection', () =>
  run(HOME, async ({ net, ports, local }) => {
    const servers = await startStunServers(net)
    const mapping = await mapTcpPort(ports, { local, servers })
    expect(mapping.external.port).not.toBe(0)
    const peer = net.host()
    const listener = await peer.network.listenTcp({ local: { ip: peer.ip, port: 7000 } })
    const seen = new Promise<TransportAddress>((resolve) =>
      listener.onConnection(({ remote, stream }) => {
        stream.destroy()
        resolve(remote)
      }),
    )
    const again = await ports.network.dial({ remote: listener.local, local: mapping.connection.local })
    again.stream.on('error', () => {}) // The server resets it at once.
    expect(await seen).toEqual(mapping.external)
    expect(mapping.connection.stream.destroyed).toBe(false)
    mapping.close()
    expect(mapping.connection.stream.destroyed).toBe(true)
    again.stream.destroy()
    await listener.close()
  }))

test.each(['udp', 'tcp'] as const)('B8: %s with 30 %% of the servers dead, the first ones', (protocol) =>
  run(presets['symmetric-random'], async ({ net, ports, local }) => {
    const servers = deadServers(net, 3, protocol === 'tcp' ? '?transport=tcp' : '')
    for (let i = 0; i < 7; i++) {
      const { network, ip } = net.host()
      const { uris } = await startStunServer({ hosts: [ip], port: 3478, network, clock: net.clock })
      servers.push(...uris.filter((uri) => uri.includes('tcp') === (protocol === 'tcp')))
    }
    const start = net.clock.now()
    if (protocol === 'udp') {
      const socket = await ports.network.bindUdp({ local })
      expect((await mapUdpSocket(ports, { socket, servers })).server).toBe(servers[3])
      socket.close()
    } else {
      const counter = { dialled: 0, open: 0 }
      const dial: typeof ports.network.dial = async (options) => {
        counter.dialled++
        const connection = await ports.network.dial(options)
        counter.open++
        connection.stream.once('close', () => counter.open--)
        return connection
      }
      const mapping = await mapTcpPort({ ...ports, network: { ...ports.network, dial } }, { local, servers })
      expect(mapping.server).toBe(servers[3])
      expect([counter.dialled, counter.open]).toEqual([4, 1])
      mapping.close()
    }
    expect(net.clock.now() - start).toBeLessThanOrEqual(250 + 2 * ROUND_TRIP_MS)
  }),
)

test('a list of dead servers fails in bounded time, and says so', () =>
  run(HOME, async ({ net, ports, local }) => {
    const servers = deadServers(net, 20)
    const socket = await ports.network.bindUdp({ local })
    const failure = { code: 'NAT_NO_ANSWER' }
    const start = net.clock.now()
    await Promise.all([
      expect(mapUdpSocket(ports, { socket, servers })).rejects.toMatchObject(failure),
      expect(mapTcpPort(ports, { local, servers })).rejects.toMatchObject(failure),
    ])
    expect(net.clock.now() - start).toBeLessThanOrEqual(5000)
    socket.close()
    const aborted = mapTcpPort(ports, { local, servers, signal: AbortSignal.abort(new Error('enough')) })
    await expect(aborted).rejects.toThrow('enough')
  }))
