import { expect, test } from '@jest/globals'
import { request } from 'node:http'
import { once } from 'node:events'
import { readAll, receives, withDaemon } from '../testdata/daemon-stage.ts'

const asked = [
  ['a mere GET, as P2PD documents it', 'GET /tunnel/c HTTP/1.1\r\nOrigin: null\r\n\r\n', ''],
  ['a GET with a Host', 'GET /p2p/pipe/c HTTP/1.1\r\nHost: localhost:12333\r\n\r\n', ''],
  [
    'Upgrade',
    'GET /p2p/pipe/c HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: p2pd\r\n\r\n',
    '101 Switching',
  ],
  ['CONNECT', 'CONNECT c:1 HTTP/1.1\r\nHost: c:1\r\n\r\n', '200 Connection'],
] as const

test.each(asked)('D2: a tunnel by %s: bytes at once, both ways, half-close', (_, head, answer) =>
  withDaemon(async ({ json, dial }) => {
    await json('/p2p/open/c/self')
    const socket = await dial(`${head}follows at once`)
    const first = await receives(socket, 'follows at once')
    expect(first.includes(answer)).toBe(true)
    socket.write('GET / HTTP/1.1\r\n\r\n')
    await receives(socket, 'GET / HTTP/1.1\r\n\r\n')
    socket.end('last')
    expect(await readAll(socket)).toBe('last')
  }),
)

test.each(asked)('D2: a tunnel by %s whose head comes byte by byte', (_, head, _answer) =>
  withDaemon(async ({ json, dial }) => {
    await json('/p2p/open/c/self')
    const socket = await dial('')
    socket.setNoDelay(true)
    for (const character of `${head}\xffx`)
      await new Promise((done) => socket.write(character, 'latin1', done))
    expect(await receives(socket, 'x')).toMatch(/x$/)
    socket.destroy()
  }),
)

test('D2: messages that nobody has read come first, and then the pipe has no messages', () =>
  withDaemon(async ({ json, dial }) => {
    await json('/p2p/open/c/self')
    expect(await json('/p2p/sub/c?msg_p=unread')).toMatchObject({ error: 0 })
    await json('/p2p/send/c/unread')
    expect(await json('/p2p/recv/c?msg_p=unread')).toMatchObject({ data: 'unread' })
    const socket = await dial('GET /p2p/pipe/c HTTP/1.1\r\nHost: localhost\r\n\r\n+more')
    expect(await receives(socket, '+more')).toBe('unread+more')
    for (const path of ['/p2p/recv/c', '/p2p/send/c/x', '/p2p/sub/c'])
      expect(await json(path)).toMatchObject({ error: 1 })
    expect(await json('/p2p/con/c')).toMatchObject({ name: 'c', error: 0 })
    const second = await dial('GET /p2p/pipe/c HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect(await readAll(second)).toMatch(/^HTTP\/1\.1 409 .*"error":1,/s)
    socket.end()
    await readAll(socket)
  }))

test('D2: a tunnel to nowhere is answered with error 4, and its connection closes', () =>
  withDaemon(async ({ dial }) => {
    for (const [way, head, ready] of asked) {
      const [lines = '', body = ''] = (await readAll(await dial(`${head}follows at once`))).split('\r\n\r\n')
      // P2PD answers a mere GET with 200; an upgrade or a CONNECT that failed is not a success.
      expect([way, lines.slice(0, 12)]).toEqual([way, ready === '' ? 'HTTP/1.1 200' : 'HTTP/1.1 404'])
      expect(lines).toContain('Connection: close')
      expect(JSON.parse(body)).toEqual({ error: 4, msg: 'there is no pipe called "c"' })
    }
    const v1 = await dial(
      'GET /v1/pipes/c/stream HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: p2pd\r\n\r\n',
    )
    expect(await readAll(v1)).toMatch(/^HTTP\/1.1 404 .*application\/problem\+json.*"DAEMON_NO_PIPE"/s)
  }))

test('D2: a client that sends on after a refusal has its answer, and its connection ends', () =>
  withDaemon(async ({ dial }) => {
    const socket = await dial('GET /p2p/pipe/nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n')
    socket.write(Buffer.alloc(4_000_000))
    expect(await readAll(socket)).toContain('"error":4')
    socket.end()
  }))

test('an offer of another protocol is left aside, as HTTP wants', () =>
  withDaemon(async ({ port }) => {
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAA' }
    const asking = request({ port, path: '/version', headers }).end()
    const [response] = (await once(asking, 'response')) as [import('node:http').IncomingMessage]
    let text = ''
    for await (const piece of response) text += String(piece)
    expect(response.statusCode).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ title: 'P2PD' })
  }))

test('a tunnel that breaks off takes its pipe with it', () =>
  withDaemon(async ({ json, dial }) => {
    await json('/p2p/open/c/self')
    const socket = await dial('GET /p2p/pipe/c HTTP/1.1\r\nHost: localhost\r\n\r\nx')
    await receives(socket, 'x')
    socket.resetAndDestroy()
    for (;;) if ((await json('/p2p/con/c')).error === 4) break
    expect(await json('/p2p/open/c/self')).toMatchObject({ error: 0 })
  }))

test('D2: a stream beside a pipe is opened, joined at both ends, and gone when it has ended', () =>
  withDaemon(async ({ daemon, json, dial }) => {
    await json('/p2p/open/c/self')
    const opened = await fetch(`${daemon.url}/v1/pipes/c/streams`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"service":"side"}',
    })
    expect(await opened.json()).toEqual({ id: '2', direction: 'out', service: 'side', joined: false })
    const join = (path: string, bytes: string) =>
      dial(
        `GET /v1/pipes/${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: p2pd\r\n\r\n${bytes}`,
      )
    const near = await join('c/streams/2', 'across')
    let items: unknown[] = []
    while (items.length === 0) items = (await json('/v1/pipes/in-1/streams')).items as unknown[]
    expect(items).toMatchObject([{ id: '2', direction: 'in', service: 'side' }])
    const far = await join('in-1/streams/2', 'and back')
    await Promise.all([receives(far, 'across'), receives(near, 'and back')])
    expect(await readAll(await join('c/streams/2', ''))).toContain('409 Conflict')
    expect(await readAll(await join('c/streams/%zz', ''))).toContain('400 Bad Request')
    near.end()
    far.end()
    await Promise.all([readAll(far), readAll(near)])
    // The pipe counts the bytes of its streams, also of those that have closed.
    expect(await json('/v1/pipes/c')).toMatchObject({ bytesSent: 6, bytesReceived: 8 })
    expect(await json('/v1/pipes/in-1')).toMatchObject({ bytesSent: 8, bytesReceived: 6 })
    expect(await readAll(await join('c/streams/7', ''))).toContain('404 Not Found')
  }))
