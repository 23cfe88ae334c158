import { expect, test } from '@jest/globals'
import { type Family, familyOf } from '../ip/family.ts'
import type { TransportAddress } from '../ip/transport-address.ts'
import type { UdpSocket } from '../udp-socket.ts'
import type { TestHost, WithHosts } from './test-hosts.ts'

interface Datagram {
  readonly text: string
  readonly from: TransportAddress
}

const bind = (host: TestHost, port = 0) => host.network.bindUdp({ local: { ip: host.ip, port } })
const bytes = (text: string) => new TextEncoder().encode(text)

/** The next `count` datagrams of a socket. */
function receive(socket: UdpSocket, count = 1): Promise<Datagram[]> {
  const datagrams: Datagram[] = []
  return new Promise((resolve) => {
    const stop = socket.onMessage((data, from) => {
      datagrams.push({ text: new TextDecoder().decode(data), from })
      if (datagrams.length < count) return
      stop()
      resolve(datagrams)
    })
  })
}

/** Tests the contract of `bindUdp`. */
export function testUdp(withHosts: WithHosts, family: Family): void {
  testDatagrams(withHosts)
  testUdpAddresses(withHosts, family)
  testUdpArguments(withHosts, family)
}

function testDatagrams(withHosts: WithHosts): void {
  test(
    'UDP: a datagram arrives whole, with its sender, and can be answered',
    withHosts(async ({ alice, bob, settle }) => {
      const [a, b] = await settle(Promise.all([bind(alice), bind(bob)]))
      expect(a.local.ip).toBe(alice.ip)
      expect(a.local.port).toBeGreaterThan(0)
      const asked = receive(b)
      a.send(bytes('ping'), b.local)
      const [question] = await settle(asked)
      expect(question).toEqual({ text: 'ping', from: a.local })
      const answered = receive(a)
      b.send(bytes('pong'), a.local)
      expect(await settle(answered)).toEqual([{ text: 'pong', from: b.local }])
      a.close()
      b.close()
    }),
  )

  test(
    'UDP: empty datagrams and 1,200 bytes of every value pass unchanged',
    withHosts(async ({ alice, bob, settle }) => {
      const [a, b] = await settle(Promise.all([bind(alice), bind(bob)]))
      const big = Uint8Array.from({ length: 1200 }, (_, i) => i)
      const got: Uint8Array[] = []
      const arrived = new Promise<void>((resolve) => {
        b.onMessage((data) => {
          if (got.push(new Uint8Array(data)) === 2) resolve()
        })
      })
      a.send(new Uint8Array(), b.local)
      a.send(big, b.local)
      await settle(arrived)
      expect(got.sort((x, y) => x.length - y.length)).toEqual([new Uint8Array(), big])
      a.close()
      b.close()
    }),
  )

  test(
    'UDP: every listener hears a datagram until it stops listening',
    withHosts(async ({ alice, bob, settle }) => {
      const [a, b] = await settle(Promise.all([bind(alice), bind(bob)]))
      const heard: string[] = []
      const stop = b.onMessage(() => heard.push('first'))
      b.onMessage(() => heard.push('second'))
      const one = receive(b)
      a.send(bytes('1'), b.local)
      await settle(one)
      stop()
      const two = receive(b)
      a.send(bytes('2'), b.local)
      await settle(two)
      expect(heard).toEqual(['first', 'second', 'second'])
      a.close()
      b.close()
    }),
  )

  test(
    'UDP: a datagram to a closed port, or sent after close, is a lost packet',
    withHosts(async ({ alice, bob, settle }) => {
      const [a, b, gone] = await settle(Promise.all([bind(alice), bind(bob), bind(bob)]))
      gone.close()
      gone.close()
      gone.send(bytes('late'), a.local)
      a.send(bytes('nobody'), gone.local)
      const arrived = receive(b)
      a.send(bytes('somebody'), b.local)
      expect((await settle(arrived))[0]?.text).toBe('somebody')
      a.close()
      b.close()
    }),
  )
}

function testUdpAddresses(withHosts: WithHosts, family: Family): void {
  test(
    'UDP: a port is one socket’s until it closes',
    withHosts(async ({ alice, settle }) => {
      const first = await settle(bind(alice))
      const taken = settle(bind(alice, first.local.port))
      await expect(taken).rejects.toMatchObject({ code: 'NETIF_ADDRESS_IN_USE' })
      await expect(taken).rejects.toThrow(String(first.local.port))
      first.close()
      const second = await settle(bind(alice, first.local.port))
      expect(second.local).toEqual(first.local)
      second.close()
    }),
  )

  test(
    'UDP: a socket bound to every address receives at one of them',
    withHosts(async ({ alice, bob, settle }) => {
      const any = family === 'IPv4' ? '0.0.0.0' : '::'
      const b = await settle(bob.network.bindUdp({ local: { ip: any, port: 0 } }))
      const a = await settle(bind(alice))
      const arrived = receive(b)
      a.send(bytes('hello'), { ip: bob.ip, port: b.local.port })
      expect(await settle(arrived)).toEqual([{ text: 'hello', from: a.local }])
      a.close()
      b.close()
    }),
  )
}

function testUdpArguments(withHosts: WithHosts, family: Family): void {
  const otherIp = family === 'IPv4' ? '::1' : '127.0.0.1'

  test(
    'UDP: bad arguments are refused, the other family is a lost packet',
    withHosts(async ({ alice, settle }) => {
      const a = await settle(bind(alice))
      const invalid = expect.objectContaining({ code: 'NETIF_INVALID_ARGUMENT' })
      expect(() => a.send(bytes('x'), { ip: alice.ip, port: 70000 })).toThrow(invalid)
      expect(() => a.send(bytes('x'), { ip: alice.ip, port: 0 })).toThrow(invalid)
      expect(() => a.send(bytes('x'), { ip: 'example.com', port: 1 })).toThrow(invalid)
      expect(familyOf(otherIp)).not.toBe(family)
      a.send(bytes('x'), { ip: otherIp, port: 9 })
      a.close()
      for (const local of [
        { ip: alice.ip, port: 70000 },
        { ip: 'localhost', port: 0 },
      ]) {
        const code = 'NETIF_INVALID_ARGUMENT'
        await expect(settle(alice.network.bindUdp({ local }))).rejects.toMatchObject({ code })
      }
    }),
  )

  test(
    'UDP: an address that no NIC has cannot be bound',
    withHosts(async ({ alice, settle }) => {
      const local = { ip: family === 'IPv4' ? '192.0.2.254' : '2001:db8::254', port: 0 }
      const code = 'NETIF_ADDRESS_NOT_AVAILABLE'
      const bound = settle(alice.network.bindUdp({ local }))
      await expect(bound).rejects.toMatchObject({ code, message: expect.stringContaining(local.ip) })
    }),
  )
}
