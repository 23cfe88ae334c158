import { expect, test } from '@jest/globals'
import type { ByteStream, TcpConnection, TcpListener } from '../tcp.ts'
import type { Family } from '../ip/family.ts'
import type { TestHost, TestHosts, WithHosts } from './test-hosts.ts'

const listen = (host: TestHost, port = 0) => host.network.listenTcp({ local: { ip: host.ip, port } })

function nextConnection(listener: TcpListener): Promise<TcpConnection> {
  return new Promise((resolve) => {
    const stop = listener.onConnection((connection) => {
      stop()
      resolve(connection)
    })
  })
}

/** Everything until the other side's FIN; the stream stays open for writing. */
function readAll(stream: ByteStream): Promise<string> {
  const chunks: Uint8Array[] = []
  stream.on('data', (chunk: Uint8Array) => chunks.push(chunk))
  return new Promise((resolve, reject) => {
    stream.once('end', () => resolve(Buffer.concat(chunks).toString()))
    stream.once('error', reject)
  })
}

function closed(stream: ByteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', () => resolve())
    stream.resume()
  })
}

async function connect(
  { alice, bob, settle }: TestHosts,
  listener: TcpListener,
): Promise<[TcpConnection, TcpConnection]> {
  const accepted = nextConnection(listener)
  const remote = { ip: bob.ip, port: listener.local.port }
  return settle(Promise.all([alice.network.dial({ remote }), accepted]))
}

/** Tests the contract of `dial` and `listenTcp`. */
export function testTcp(withHosts: WithHosts, family: Family): void {
  testStreams(withHosts)
  testClosing(withHosts)
  testPorts(withHosts)
  testTcpArguments(withHosts, family)
}

function testStreams(withHosts: WithHosts): void {
  test(
    'TCP: a dialled connection carries bytes both ways and knows its ends',
    withHosts(async (hosts) => {
      const listener = await hosts.settle(listen(hosts.bob))
      const [a, b] = await connect(hosts, listener)
      expect(a.remote).toEqual(listener.local)
      expect(a.local).toEqual(b.remote)
      expect(b.local).toEqual(listener.local)
      a.stream.end('question')
      expect(await hosts.settle(readAll(b.stream))).toBe('question')
      b.stream.end('answer after the FIN')
      expect(await hosts.settle(readAll(a.stream))).toBe('answer after the FIN')
      await hosts.settle(listener.close())
    }),
  )

  test(
    'TCP: 1 MB arrives in order',
    withHosts(async (hosts) => {
      const listener = await hosts.settle(listen(hosts.bob))
      const [a, b] = await connect(hosts, listener)
      const text = Array.from({ length: 131_072 }, (_, i) => i.toString(16).padStart(8, '0')).join('')
      a.stream.end(text)
      expect((await hosts.settle(readAll(b.stream))) === text).toBe(true)
      b.stream.end()
      a.stream.resume()
      await hosts.settle(listener.close())
    }),
  )
}

function testClosing(withHosts: WithHosts): void {
  test(
    'TCP: destroying one end closes the other',
    withHosts(async (hosts) => {
      const listener = await hosts.settle(listen(hosts.bob))
      const [a, b] = await connect(hosts, listener)
      b.stream.on('end', () => b.stream.end())
      const gone = closed(b.stream)
      a.stream.destroy()
      await hosts.settle(gone)
      expect(b.stream.destroyed).toBe(true)
      await hosts.settle(listener.close())
    }),
  )

  test(
    'TCP: a port nobody listens on refuses',
    withHosts(async ({ alice, bob, settle }) => {
      const listener = await settle(listen(bob))
      await settle(listener.close())
      const remote = { ip: bob.ip, port: listener.local.port }
      const dialled = settle(alice.network.dial({ remote }))
      const message = expect.stringContaining(String(remote.port))
      await expect(dialled).rejects.toMatchObject({ code: 'NETIF_REFUSED', message })
    }),
  )

  test(
    'TCP: a connection that nobody listens for is closed',
    withHosts(async ({ alice, bob, settle }) => {
      const listener = await settle(listen(bob))
      const { stream } = await settle(alice.network.dial({ remote: listener.local }))
      stream.on('end', () => stream.end())
      await settle(closed(stream))
      expect(stream.destroyed).toBe(true)
      await settle(listener.close())
    }),
  )
}

function testPorts(withHosts: WithHosts): void {
  test(
    'TCP: a port has one listener, and is free at once when that closes',
    withHosts(async (hosts) => {
      const { bob, settle } = hosts
      const first = await settle(listen(bob))
      const message = expect.stringContaining(String(first.local.port))
      const taken = settle(listen(bob, first.local.port))
      await expect(taken).rejects.toMatchObject({ code: 'NETIF_ADDRESS_IN_USE', message })
      const [a, b] = await connect(hosts, first)
      await settle(first.close())
      await settle(first.close())
      const second = await settle(listen(bob, first.local.port))
      expect(second.local).toEqual(first.local)
      b.stream.end('still open')
      expect(await settle(readAll(a.stream))).toBe('still open')
      a.stream.end()
      await settle(second.close())
    }),
  )

  test(
    'TCP: two dials share one source port',
    withHosts(async ({ alice, bob, settle }) => {
      const [one, two] = await settle(Promise.all([listen(bob), listen(bob)]))
      const seen = Promise.all([nextConnection(one), nextConnection(two)])
      const first = await settle(alice.network.dial({ remote: one.local, local: { ip: alice.ip, port: 0 } }))
      const second = await settle(alice.network.dial({ remote: two.local, local: first.local }))
      expect(second.local).toEqual(first.local)
      for (const { stream } of [...(await settle(seen)), first, second]) stream.destroy()
      await settle(Promise.all([one.close(), two.close()]))
    }),
  )

  test(
    'TCP: one can listen on the port that a dial was bound to',
    withHosts(async ({ alice, bob, settle }) => {
      const listener = await settle(listen(bob))
      const accepted = nextConnection(listener)
      const a = await settle(alice.network.dial({ remote: listener.local, local: { ip: alice.ip, port: 0 } }))
      const b = await settle(accepted)
      const late = await settle(listen(alice, a.local.port))
      expect(late.local.port).toBe(a.local.port)
      a.stream.destroy()
      b.stream.destroy()
      await settle(Promise.all([late.close(), listener.close()]))
    }),
  )
}

function testTcpArguments(withHosts: WithHosts, family: Family): void {
  test(
    'TCP: an aborted dial ends at once, before and during',
    withHosts(async ({ alice, bob, settle }) => {
      const listener = await settle(listen(bob))
      const remote = listener.local
      const before = settle(alice.network.dial({ remote, signal: AbortSignal.abort() }))
      await expect(before).rejects.toMatchObject({ code: 'NETIF_ABORTED' })
      const controller = new AbortController()
      const during = settle(alice.network.dial({ remote, signal: controller.signal }))
      controller.abort()
      await expect(during).rejects.toMatchObject({ code: 'NETIF_ABORTED' })
      await settle(listener.close())
    }),
  )

  test(
    'TCP: bad arguments are refused',
    withHosts(async ({ alice, settle }) => {
      const { network, ip } = alice
      const invalid = { code: 'NETIF_INVALID_ARGUMENT' }
      const other = family === 'IPv4' ? '::1' : '127.0.0.1'
      const remote = { ip, port: 1 }
      await expect(settle(network.dial({ remote: { ip, port: 70000 } }))).rejects.toMatchObject(invalid)
      await expect(settle(network.dial({ remote: { ip, port: 0 } }))).rejects.toMatchObject(invalid)
      await expect(settle(network.dial({ remote, local: { ip: other, port: 0 } }))).rejects.toMatchObject(
        invalid,
      )
      await expect(settle(network.listenTcp({ local: { ip, port: -1 } }))).rejects.toMatchObject(invalid)
      await expect(settle(network.listenTcp({ local: { ip: 'name', port: 0 } }))).rejects.toMatchObject(
        invalid,
      )
    }),
  )
}
