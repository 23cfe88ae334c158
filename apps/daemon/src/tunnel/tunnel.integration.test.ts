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
    expect(await readAll(second)).toBe('')
    socket.end()
    await readAll(socket)
  }))

test('D2: a tunnel to nowhere: the raw one closes, the others say why', () =>
  withDaemon(async ({ dial }) => {
    const [raw, , upgrade, connect] = await Promise.all(
      asked.map(async ([, head]) => readAll(await dial(head))),
    )
    expect(raw).toBe('')
    for (const text of [upgrade, connect]) {
      expect(text).toMatch(/^HTTP\/1.1 404 Not Found\r\n/)
      expect(text).toContain('"error":4')
    }
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
    expect(await opened.json()).toEqual({ id: '1', direction: 'out', service: 'side', joined: false })
    const join = (path: string, bytes: string) =>
      dial(
        `GET /v1/pipes/${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: p2pd\r\n\r\n${bytes}`,
      )
    const near = await join('c/streams/1', 'across')
    let items: unknown[] = []
    while (items.length === 0) items = (await json('/v1/pipes/in-1/streams')).items as unknown[]
    expect(items).toMatchObject([{ id: '1', direction: 'in', service: 'side' }])
    const far = await join('in-1/streams/1', 'and back')
    await Promise.all([receives(far, 'across'), receives(near, 'and back')])
    expect(await readAll(await join('c/streams/1', ''))).toContain('409 Conflict')
    expect(await readAll(await join('c/streams/%zz', ''))).toContain('400 Bad Request')
    near.end()
    far.end()
    await Promise.all([readAll(far), readAll(near)])
    expect(await readAll(await join('c/streams/7', ''))).toContain('404 Not Found')
  }))
