import { expect, test } from '@jest/globals'
import { allocate, type AllocateOptions, allocateTcp, type TurnPorts } from '@p2pd/turn'
import { turnCrypto } from '@p2pd/turn/node'
import type { TurnEntry } from '../scenario.ts'
import { createVirtual, type VirtualInternet } from '../virtual/virtual-internet.ts'
import { type ScenarioTurnServers, startTurnServers } from './turn-servers.ts'

/** A server and alice; `of` makes an allocation by one transport. */
async function withServer(
  entry: Omit<TurnEntry, 'host'>,
  play: (parts: {
    net: VirtualInternet
    ports: TurnPorts
    servers: ScenarioTurnServers['servers']
    of: (transport: 'udp' | 'tcp') => AllocateOptions
  }) => Promise<void>,
): Promise<void> {
  const scenario = { hosts: [{ name: 'relay' }, { name: 'alice' }], turn: [{ host: 'relay', ...entry }] }
  const net = createVirtual(scenario)
  const { clock, random } = net
  await net.run(async () => {
    const turn = await startTurnServers(scenario, { host: (name) => net.findHost(name), clock, random })
    const { network } = net.findHost('alice')
    const ports = { network, clock, random, crypto: turnCrypto }
    const of = (transport: 'udp' | 'tcp') => {
      const server = turn.servers.find(({ uri }) => uri.endsWith(transport))
      const credentials = { username: server?.username ?? '', password: server?.credential ?? '' }
      return { server: server?.uri ?? '', credentials, timeoutMs: 3000 }
    }
    await play({ net, ports, of, servers: turn.servers })
    await turn.close()
    await expect(allocate(ports, of('tcp'))).rejects.toMatchObject({ code: 'TURN_UNREACHABLE' })
  })
}

test('a server of a scenario relays, by UDP and TCP, for the user of the scenario', () =>
  withServer({ port: 443, username: 'alice', credential: 'a' }, async ({ net, ports, of, servers }) => {
    const { ip } = net.findHost('relay')
    expect(servers).toEqual([
      { uri: `turn:${ip}:443?transport=udp`, username: 'alice', credential: 'a' },
      { uri: `turn:${ip}:443?transport=tcp`, username: 'alice', credential: 'a' },
    ])
    for (const transport of ['udp', 'tcp'] as const) {
      const socket = await allocate(ports, of(transport))
      expect(socket.local.ip).toBe(ip)
      socket.close()
      await socket.closed
    }
    await (await allocateTcp(ports, of('tcp'))).release()
  }))

test('faults: a quota, UDP blocked, no TCP allocations', () =>
  withServer({ quota: 1, udp: 'blocked', relaysTcp: false }, async ({ ports, of }) => {
    await expect(allocate(ports, of('udp'))).rejects.toMatchObject({ code: 'TURN_TIMEOUT' })
    await expect(allocateTcp(ports, of('tcp'))).rejects.toMatchObject({ code: 'TURN_UNSUPPORTED' })
    const socket = await allocate(ports, of('tcp'))
    await expect(allocate(ports, of('tcp'))).rejects.toMatchObject({ code: 'TURN_QUOTA' })
    socket.close()
    await socket.closed
  }))

test('faults: a server dies with its allocations, and starts again', () =>
  withServer({ diesAtMs: 1000, returnsAtMs: 5000 }, async ({ net, ports, of }) => {
    const { clock } = net
    const startedAt = clock.now()
    const socket = await allocate(ports, of('tcp'))
    const changes: [string, number][] = []
    const again = new Promise<void>((resolve) => {
      socket.onChange(({ type }) => {
        changes.push([type, Math.floor((clock.now() - startedAt) / 1000)])
        if (type === 'reallocated') resolve()
      })
    })
    await again
    expect(changes[0]).toEqual(['lost', 1])
    expect(changes.at(-1)?.[1]).toBeGreaterThanOrEqual(5)
    socket.close()
    await socket.closed
  }))
