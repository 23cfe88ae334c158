import { expect, test } from '@jest/globals'
import type { Node } from '@p2pd/node'
import { createIdentity, startNode } from '@p2pd/node/node'
import { createHash, randomBytes } from 'node:crypto'
import { withDaemon } from '../testdata/daemon-stage.ts'

test('D1: every route of P2PD answers with its fields and error numbers', () =>
  withDaemon(async ({ json, node }) => {
    expect(await json('/version')).toEqual({
      title: 'P2PD',
      author: 'Matthew@Roberts.PM',
      version: expect.any(String),
      error: 0,
    })
    expect(await json('/ifs')).toMatchObject({ ifs: expect.any(Array), error: 0 })
    // An address has the second in which it was signed.
    const before = await node.address()
    const { addr, error } = (await json('/p2p/addr')) as { addr: string; error: number }
    expect([
      [before, 0],
      [await node.address(), 0],
    ]).toContainEqual([addr, error])
    const opened = await json('/p2p/open/me/self')
    expect(opened).toEqual({
      name: 'me',
      strategy: 'direct',
      fd: -1,
      laddr: ['127.0.0.1', expect.any(Number)],
      raddr: ['127.0.0.1', expect.any(Number)],
      route: { af: 2, nic_ips: [{ af: 2, cidr: 32, ip: '127.0.0.1' }], ext_ips: [] },
      if: { name: expect.any(String), offset: expect.any(Number) },
      error: 0,
    })
    expect(await json('/p2p/con/me')).toEqual(opened)
    expect(await json('/p2p/open/me/self')).toMatchObject({ error: 2 })
    expect(await json('/p2p/open/other/nobody-is-called-this')).toMatchObject({
      error: 3,
      code: 'NODE_UNKNOWN_NAME',
      report: [],
    })
    expect(await json('/p2p/con/other')).toMatchObject({ error: 4 })
    expect(await json('/p2p/recv/me?timeout=0.05')).toMatchObject({ error: 5 })
    expect(await json('/p2p/recv/me?timeout=0')).toMatchObject({ error: 6 })
    expect(await json('/p2p/close/me')).toEqual({ closed: 'me', error: 0 })
    for (const path of ['/p2p/con/me', '/p2p/send/me/x', '/p2p/recv/me', '/p2p/close/me', '/p2p/sub/me'])
      expect(await json(path)).toMatchObject({ error: 4 })
    for (const path of ['/nothing', '/p2p/nothing', '/p2p', '/p2p/version/1'])
      expect(await json(path)).toMatchObject({ error: 1 })
  }))

test('D1: the newer paths are aliases, and parameters may be parts of the path', () =>
  withDaemon(async ({ json }) => {
    expect(await json('/addr')).toMatchObject({ error: 0 })
    expect(await json('/open/c/self')).toMatchObject({ name: 'c', error: 0 })
    expect(await json('/info/c')).toMatchObject({ name: 'c', error: 0 })
    expect(await json('/sub/c/name/mine/msg_p/test')).toEqual({ name: 'c', sub: "[b'test', None]", error: 0 })
    expect(await json('/send/c/a_test_string')).toEqual({ name: 'c', sent: 13, error: 0 })
    expect(await json('/recv/c/name/mine')).toMatchObject({ data: 'a_test_string', error: 0 })
    expect(await json('/recv/c/timeout/2')).toMatchObject({ data: 'a_test_string', error: 0 })
    const unsub = await json('/sub/c/name/all', { method: 'DELETE' })
    expect(unsub).toEqual({ name: 'c', unsub: '[None, None]', error: 0 })
    expect(await json('/close/c')).toEqual({ closed: 'c', error: 0 })
  }))

test('D1: subscriptions get copies by pattern and by sender', () =>
  withDaemon(async ({ json }) => {
    const { raddr } = await json('/p2p/open/c/self')
    const [ip] = raddr as [string]
    const hello = encodeURIComponent('[hH]e[l]+o')
    const sender = encodeURIComponent(`('${ip}', 0)`)
    const stranger = encodeURIComponent("('192.0.2.1', 0)")
    const sub = await json(`/p2p/sub/c?msg_p=${hello}&addr_p=${sender}`)
    expect(sub).toEqual({ name: 'c', sub: `[b'[hH]e[l]+o', b'(\\'${ip}\\', 0)']`, error: 0 })
    await json(`/p2p/sub/c?addr_p=${stranger}`)
    await json('/p2p/send/c/ECHO%20Hello,%20world!')
    const received = await json(`/p2p/recv/c?msg_p=${hello}&addr_p=${sender}`)
    expect(received).toEqual({ data: 'Hello, world!', client_tup: raddr, error: 0 })
    expect(await json(`/p2p/recv/c?addr_p=${stranger}&timeout=0`)).toMatchObject({ error: 6 })
    // The subscription to everything has its copy.
    expect(await json(`/p2p/recv/c?msg_p=nothing-like-it&timeout=0`)).toMatchObject({ error: 6 })
    expect(await json('/p2p/recv/c')).toMatchObject({ data: 'Hello, world!' })
    const path = `/p2p/sub/c?msg_p=${hello}&addr_p=${sender}`
    expect(await json(path, { method: 'DELETE' })).toMatchObject({ name: 'c', error: 0 })
  }))

test('D1: names and texts with slashes, spaces, signs and beyond ASCII', () =>
  withDaemon(async ({ json }) => {
    for (const name of ['a/b', 'a b', 'größe 🚀', '../con', '%2F', 'a?b#c', '__proto__']) {
      const part = encodeURIComponent(name)
      expect(await json(`/p2p/open/${part}/self`)).toMatchObject({ name, error: 0 })
      const text = `ECHO ${name}/+x?`
      const sent = Buffer.byteLength(text)
      expect(await json(`/p2p/send/${part}/${encodeURIComponent(text)}`)).toEqual({ name, sent, error: 0 })
      expect(await json(`/p2p/recv/${part}`)).toMatchObject({ data: `${name}/+x?` })
      expect(await json(`/p2p/close/${part}`)).toEqual({ closed: name, error: 0 })
    }
    for (const path of ['/p2p/open//self', '/p2p/open/x', '/p2p/open/%ff/self', '/p2p/recv/%zz'])
      expect(await json(path)).toMatchObject({ error: 1 })
  }))

test('D1: what the peer has sent before it closed can still be received', () =>
  withDaemon(async ({ json, node }) => {
    await withDaemon(async (other) => {
      const address = await node.address()
      expect(await other.json(`/p2p/open/out/${address}`)).toMatchObject({ error: 0 })
      await json('/version')
      await other.json('/p2p/send/out/last%20words')
      expect(await other.json('/p2p/recv/out')).toMatchObject({ data: 'last words' })
    })
  }))

/** A node that hashes what comes; resolves with the hash of this many bytes. */
async function startSink(
  expected: number,
): Promise<{ node: Node; hash: Promise<string>; bytes: () => number }> {
  const servers = { stun: [], turn: [], mqtt: [] }
  const node = await startNode({ servers, identity: createIdentity() })
  const digest = createHash('sha256')
  let bytes = 0
  const hash = new Promise<string>((resolve) => {
    node.onPipe((pipe) => {
      pipe.onMessage((data) => {
        digest.update(data)
        bytes += data.length
        if (bytes === expected) resolve(digest.digest('hex'))
      })
    })
  })
  return { node, hash, bytes: () => bytes }
}

test(
  'D2: 500 MB by POST arrive whole at the pace of the peer, with little under way',
  () =>
    withDaemon(async ({ daemon, json }) => {
      const { node, hash, bytes } = await startSink(500_000_000)
      await json(`/p2p/open/c/${await node.address()}`)
      const sent = createHash('sha256')
      let mostUnderWay = 0
      async function* body() {
        for (let i = 0; i < 500; i++) {
          mostUnderWay = Math.max(mostUnderWay, i * 1_000_000 - bytes())
          const piece = Buffer.alloc(1_000_000, i)
          sent.update(piece)
          yield piece
        }
      }
      const init = { method: 'POST', body: body() as never, duplex: 'half' } as RequestInit
      const answer = await fetch(`${daemon.url}/p2p/binary/c`, init)
      expect(await answer.json()).toEqual({ name: 'c', sent: 500_000_000, error: 0 })
      expect(await hash).toBe(sent.digest('hex'))
      // Buffers of sockets, and some of each stream: nothing that grows with the body.
      expect(mostUnderWay).toBeLessThan(64_000_000)
      await node.close()
    }),
  60_000,
)

test('D2: 5 MB are sent whole before the first of them is read', () =>
  withDaemon(async ({ json, daemon }) => {
    await json('/p2p/open/c/self')
    const body = randomBytes(5_000_000)
    const posted = await fetch(`${daemon.url}/p2p/binary/c`, { method: 'POST', body })
    expect(await posted.json()).toMatchObject({ sent: 5_000_000 })
    const pieces: Buffer[] = []
    for (let bytes = 0; bytes < body.length; ) {
      const data = Buffer.from(await (await fetch(`${daemon.url}/binary/c`)).arrayBuffer())
      pieces.push(data)
      bytes += data.length
    }
    expect(Buffer.concat(pieces).equals(body)).toBe(true)
  }))
