import { expect, test } from '@jest/globals'
import { once } from 'node:events'
import { type ClientOptions, WebSocket } from 'ws'
import { readAll, type Stage, withDaemon } from '../testdata/daemon-stage.ts'

const dial = ({ daemon }: Stage, path: string, options: ClientOptions = {}) =>
  new WebSocket(daemon.url.replace('http', 'ws') + path, options)

/** The status that refuses a WebSocket. */
async function refusal(stage: Stage, path: string, options: ClientOptions = {}): Promise<number> {
  const socket = dial(stage, path, options)
  socket.on('error', () => {})
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }]
  socket.terminate()
  return response.statusCode
}

test('D1: a WebSocket joins a pipe: bytes both ways, and the end of it ends the pipe', () =>
  withDaemon(async (stage) => {
    await stage.json(`/p2p/open/${encodeURIComponent('a b')}/self`)
    const socket = dial(stage, '/v1/pipes/a%20b/stream')
    await once(socket, 'open')
    expect(await refusal(stage, '/v1/pipes/a%20b/stream')).toBe(409)
    const large = Buffer.alloc(500_000, 'x')
    const read: Buffer[] = []
    const everything = new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        read.push(data)
        if (Buffer.concat(read).length >= large.length) resolve()
      })
    })
    const inbound = `${stage.daemon.url}/p2p/binary/in-1`
    await fetch(inbound, { method: 'POST', body: large })
    await everything
    expect(Buffer.concat(read).equals(large)).toBe(true)
    const echoed = once(socket, 'message')
    socket.send(Buffer.from([...Buffer.from('ECHO '), 0, 255, 10]))
    expect([...((await echoed)[0] as Buffer)]).toEqual([0, 255, 10])
    const gone = stage.node
      .pipes()
      .map((pipe) => new Promise<void>((resolve) => void pipe.onClose(() => resolve())))
    socket.close()
    await Promise.all([once(socket, 'close'), ...gone])
  }))

test('D1: events over a WebSocket, those that were missed first', () =>
  withDaemon(async (stage) => {
    await stage.json('/p2p/open/me/self')
    const socket = dial(stage, '/v1/events?after=0')
    const [data] = (await once(socket, 'message')) as [Buffer]
    expect(JSON.parse(data.toString())).toMatchObject({ id: 1, type: expect.any(String) })
    socket.close()
    await once(socket, 'close')
  }))

test('D3: a WebSocket to a malformed path is refused, and the daemon goes on', () =>
  withDaemon(async (stage) => {
    for (const path of ['//', '//:x', '/%', '/v1/pipes/%zz/stream', '/v1/events/x'])
      expect([path, await refusal(stage, path)]).toEqual([path, expect.any(Number)])
    for (const target of ['//', '//:x', '*', '/v1/pipes/%zz/stream', 'http://:x/']) {
      const upgrade = 'Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket'
      const answer = await readAll(await stage.dial(`GET ${target} HTTP/1.1\r\n${upgrade}\r\n\r\n`))
      expect([target, answer]).toEqual([target, expect.stringMatching(/^HTTP\/1\.1 4/)])
    }
    expect(await stage.json('/version')).toMatchObject({ error: 0 })
  }))

test('D3: a WebSocket of a page of another origin is refused, and one to nowhere', () =>
  withDaemon(async (stage) => {
    await stage.json('/p2p/open/me/self')
    for (const path of ['/v1/events', '/v1/pipes/me/stream']) {
      expect(await refusal(stage, path, { origin: 'http://attacker.example' })).toBe(401)
      expect(await refusal(stage, path, { origin: 'null' })).toBe(403)
      expect(await refusal(stage, path, { headers: { 'sec-fetch-site': 'same-site' } })).toBe(403)
      expect(await refusal(stage, path, { headers: { host: 'attacker.example' } })).toBe(403)
    }
    expect(await refusal(stage, '/v1/pipes/nobody/stream')).toBe(404)
    expect(await refusal(stage, '/v1/pipes/%/stream')).toBe(400)
  }))

test('a daemon that closes says goodbye to its WebSockets', async () => {
  let closed: Promise<unknown[]> | undefined
  await withDaemon(async (stage) => {
    const socket = dial(stage, '/v1/events')
    await once(socket, 'open')
    closed = once(socket, 'close')
  })
  expect((await closed)?.[0]).toBe(1001)
})
