import { expect, test } from '@jest/globals'
import { type TransportAddress, within } from '@p2pd/netif'
import { classifyMapping } from './classify-observations.ts'
import { heard, ProbeServer } from './probe-server.ts'
import { PATIENT_MS, QUIET_MS, type TestHost, type TestInternet, type WithInternet } from './test-internet.ts'

const server = { name: 'server', addresses: 2 }
const bytes = (text: string) => new TextEncoder().encode(text)

/** Tests of the path between hosts: boxes in series, hairpinning, restarts, delays, IPv6. */
export function testPaths(withInternet: WithInternet): void {
  const nested = {
    hosts: [server, { name: 'alice', behind: 'home' }],
    boxes: [
      { name: 'home', preset: 'port-restricted-equal', behind: 'carrier' },
      { name: 'carrier', preset: 'full-cone-preserving' },
    ],
  } as const
  test.concurrent(
    'a home router behind a carrier: seen by the carrier’s address, both boxes filter',
    withInternet(nested, async (net) => {
      const { probe, socket, seen } = await start(net)
      const mapped = [await seen(0), await seen(1), await seen(2)]
      expect(classifyMapping(mapped)).toBe('endpoint-independent')
      expect(mapped[0]?.ip).toBe('5.5.0.2')
      const external = mapped[0] as TransportAddress
      const stranger = await net
        .host('server')
        .network.bindUdp({ local: { ip: net.host('server').ip, port: 0 } })
      stranger.send(bytes('stranger'), external)
      expect(await within(net.clock, heard(socket, 'stranger'), QUIET_MS)).toBeUndefined()
      stranger.close()
      socket.close()
      await probe.close()
    }),
  )

  for (const hairpinning of [true, false]) {
    const scenario = {
      hosts: [server, { name: 'alice', behind: 'box' }, { name: 'bob', behind: 'box' }],
      boxes: [{ name: 'box', preset: 'full-cone-equal', settings: { hairpinning } }],
    } as const
    test.concurrent(
      `two hosts behind one box ${hairpinning ? 'reach' : 'do not reach'} each other by external endpoints, and do inside`,
      withInternet(scenario, async (net) => {
        const { probe, socket, seen } = await start(net)
        const external = (await seen(0)) as TransportAddress
        const bob = await net.host('bob').network.bindUdp({ local: { ip: net.host('bob').ip, port: 46000 } })
        bob.send(bytes('hairpin'), external)
        const from = await within(net.clock, heard(socket, 'hairpin'), QUIET_MS)
        expect(from).toEqual(hairpinning ? { ip: external.ip, port: 46000 } : undefined)
        const inside = within(net.clock, heard(socket, 'neighbour'), PATIENT_MS)
        bob.send(bytes('neighbour'), socket.local)
        expect(await inside).toEqual(bob.local)
        bob.close()
        socket.close()
        await probe.close()
      }),
    )
  }

  const behindOne = (preset: 'full-cone-random' | 'udp-firewall-equal') =>
    ({ hosts: [server, { name: 'alice', behind: 'box' }], boxes: [{ name: 'box', preset }] }) as const
  test.concurrent(
    'a restarted box has forgotten its mappings',
    withInternet(behindOne('full-cone-random'), async (net) => {
      const { probe, socket, seen } = await start(net)
      const before = (await seen(0)) as TransportAddress
      net.restart('box')
      const lost = within(net.clock, heard(socket, 'late'), QUIET_MS)
      probe.send(probe.endpoints[0] as TransportAddress, 'late', before)
      expect(await lost).toBeUndefined()
      expect(await seen(0)).not.toEqual(before)
      socket.close()
      await probe.close()
    }),
  )

  const slow = {
    hosts: [
      { name: 'server', addresses: 2, link: { delayMs: 20 } },
      { name: 'alice', link: { delayMs: 30 } },
    ],
  }
  test.concurrent(
    'links delay',
    withInternet(slow, async (net) => {
      const { probe, socket } = await start(net)
      const asked = probe.sees(probe.endpoints[0] as TransportAddress, 'question')
      const startedAt = net.clock.now()
      socket.send(bytes('question'), probe.endpoints[0] as TransportAddress)
      expect(await asked).toEqual(socket.local)
      const elapsed = net.clock.now() - startedAt
      expect(elapsed).toBeGreaterThan(49)
      expect(elapsed).toBeLessThan(1000)
      socket.close()
      await probe.close()
    }),
  )

  const families = ['IPv4', 'IPv6'] as const
  const ipv6 = {
    hosts: [
      { name: 'server', families, addresses: 1 },
      { name: 'alice', families, behind: 'home' },
    ],
    boxes: [{ name: 'home', preset: 'full-cone-equal' }],
  } as const
  test.concurrent(
    'a home router’s IPv6 side is a firewall: addresses stay, only replies come in',
    withInternet(ipv6, async (net) => {
      const [alice, far] = [net.host('alice'), net.host('server')].map((host) => ({ host, ip: ipv6Of(host) }))
      if (alice === undefined || far === undefined) throw new Error('no hosts')
      const a = await alice.host.network.bindUdp({ local: { ip: alice.ip, port: 0 } })
      const b = await far.host.network.bindUdp({ local: { ip: far.ip, port: 0 } })
      const early = within(net.clock, heard(a, 'early'), QUIET_MS)
      b.send(bytes('early'), a.local)
      expect(await early).toBeUndefined()
      const asked = within(net.clock, heard(b, 'question'), PATIENT_MS)
      a.send(bytes('question'), b.local)
      expect(await asked).toEqual(a.local)
      const answered = within(net.clock, heard(a, 'answer'), PATIENT_MS)
      b.send(bytes('answer'), a.local)
      expect(await answered).toEqual(b.local)
      a.close()
      b.close()
    }),
  )
}

function ipv6Of(host: TestHost): string {
  return host.addresses.find((ip) => ip.includes(':')) ?? ''
}

/** A probe server, and a socket of alice that can ask for its external endpoint. */
async function start(net: TestInternet) {
  const probe = await ProbeServer.start(net.clock, net.host('server'))
  const alice = net.host('alice')
  const socket = await alice.network.bindUdp({ local: { ip: alice.ip, port: 40000 } })
  const seen = (index: number) => {
    const endpoint = probe.endpoints[index] as TransportAddress
    const answer = probe.sees(endpoint, `to ${index}`)
    socket.send(bytes(`to ${index}`), endpoint)
    return answer
  }
  return { probe, socket, seen }
}
