import { expect, test } from '@jest/globals'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Stage } from '../../testdata/nodes.ts'
import {
  formatEndpoint,
  type Endpoint,
  parseEndpoint,
  parseRemoteService,
  parseServed,
  type ServedEndpoint,
} from './endpoint.ts'
import { listenLocally } from './listen-locally.ts'
import { PeerLink } from './peer-link.ts'
import { type ServedListeners, serveEndpoints } from './serve-endpoints.ts'
import { listenSocks } from './socks/listen-socks.ts'
import { ServiceLinks } from './socks/service-links.ts'
import { servicesOf } from './socks/socks-message.ts'

/** A server of one host, on a port of its own. */
async function serverOf(
  stage: Stage,
  onSocket: (socket: Socket) => void,
  address = '127.0.0.1',
): Promise<number> {
  const sockets = new Set<Socket>()
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  server.listen(0, address)
  await once(server, 'listening')
  stage.endWith(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as { port: number }).port
}

/** Forwards a local endpoint to a service that a second node serves. */
async function forwarded(stage: Stage, served: ServedEndpoint, local = '0', listeners?: ServedListeners) {
  const [caller, callee] = [await stage.node([]), await stage.node([], { admit: () => true })]
  serveEndpoints(callee, [served], listeners)
  const link = new PeerLink({ node: caller, target: await callee.address(), service: served.name })
  await link.open()
  const listener = await listenLocally(parseEndpoint(local), () => link.openStream())
  stage.endWith(async () => listener.close())
  stage.endWith(() => link.close())
  return { caller, callee, link, listener, port: 'port' in listener.local ? listener.local.port : 0 }
}

const dial = (stage: Stage, port: number) => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  stage.endWith(async () => void socket.destroy())
  return socket
}
const errorOf = async (socket: Socket) => {
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
  return error.code
}

test('H2: the answer that comes after the end of the question arrives; many connections share the pipe', () =>
  Stage.run(async (stage) => {
    const port = await serverOf(stage, (socket) => {
      let question = ''
      socket.on('data', (data) => (question += String(data)))
      socket.on('end', () => socket.end(`late answer to ${question}`))
    })
    const forward = await forwarded(stage, parseServed(`web=127.0.0.1:${port}`))
    const answers = Array.from({ length: 50 }, async (_, index) => {
      const socket = dial(stage, forward.port)
      socket.end(`question ${index}`)
      return text(socket)
    })
    expect(await Promise.all(answers)).toEqual(answers.map((_, index) => `late answer to question ${index}`))
    expect(forward.caller.pipes()).toHaveLength(1)
  }))

test('H2: a reset arrives as a reset, either way, and a port that nobody listens at resets too', () =>
  Stage.run(async (stage) => {
    const reset = new Promise<string | undefined>((resolve) => {
      void serverOf(stage, (socket) => {
        socket.once('data', (data) => {
          if (String(data) === 'reset me') socket.resetAndDestroy()
          else {
            socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
            socket.write('ready')
          }
        })
      }).then(async (port) => {
        const forward = await forwarded(stage, parseServed(`web=127.0.0.1:${port}`))
        const first = dial(stage, forward.port)
        first.write('reset me')
        expect(await errorOf(first)).toBe('ECONNRESET')
        const second = dial(stage, forward.port)
        second.write('hello')
        await once(second, 'data')
        second.resetAndDestroy()
      })
    })
    expect(await reset).toBe('ECONNRESET')
    const nobody = await forwarded(stage, parseServed('web=127.0.0.1:1'))
    expect(await errorOf(dial(stage, nobody.port))).toBe('ECONNRESET')
  }))

test('H2: the reason why an endpoint is not reached is reported once, and again when it was reached in between', () =>
  Stage.run(async (stage) => {
    const port = await serverOf(stage, (socket) => socket.end('here'))
    const where = { type: 'tcp', host: '127.0.0.1', port: 1 }
    const reasons: string[] = []
    const forward = await forwarded(stage, { name: 'web', endpoint: where as Endpoint }, '0', {
      onUnreached: ({ name }, reason) => reasons.push(`${name}: ${reason}`),
    })
    const fails = async () => expect(await errorOf(dial(stage, forward.port))).toBe('ECONNRESET')
    await fails()
    await fails()
    expect(reasons).toEqual(['web: connection refused'])
    where.port = port
    expect(await text(dial(stage, forward.port))).toBe('here')
    where.port = 1
    await fails()
    expect(reasons).toEqual(['web: connection refused', 'web: connection refused'])
  }))

test('H2: a reader that stops stops its own sender alone', () =>
  Stage.run(async (stage) => {
    const port = await serverOf(stage, (socket) => {
      socket.once('data', (data) => (String(data).startsWith('stuck') ? socket.pause() : socket.end('quick')))
    })
    const forward = await forwarded(stage, parseServed(`web=127.0.0.1:${port}`))
    const stuck = dial(stage, forward.port)
    stuck.on('error', () => {})
    stuck.write('stuck')
    const block = Buffer.alloc(1 << 20)
    let isFull = false
    for (let i = 0; i < 64 && !isFull; i++) {
      isFull = !stuck.write(block) && !(await Promise.race([once(stuck, 'drain'), later(300)]))
    }
    expect(isFull).toBe(true)
    const quick = dial(stage, forward.port)
    quick.end('go')
    expect(await text(quick)).toBe('quick')
  }))

test('H2: datagrams keep their limits, and each sender gets its own answers', () =>
  Stage.run(async (stage) => {
    const echo = createSocket('udp4', (data, { port }) => echo.send(data, port, '127.0.0.1'))
    echo.bind(0, '127.0.0.1')
    await once(echo, 'listening')
    stage.endWith(async () => void echo.close())
    const forward = await forwarded(stage, parseServed(`dns=udp:127.0.0.1:${echo.address().port}`), 'udp:0')
    const ask = async (name: string) => {
      const socket = createSocket('udp4')
      const got: string[] = []
      const all = new Promise<void>((resolve) =>
        socket.on('message', (data) => void (got.push(String(data)) === 3 && resolve())),
      )
      for (const number of [1, 2, 3]) socket.send(`${name}${number}`, forward.port, '127.0.0.1')
      await all
      socket.close()
      return got.sort()
    }
    expect(await Promise.all([ask('a'), ask('b')])).toEqual([
      ['a1', 'a2', 'a3'],
      ['b1', 'b2', 'b3'],
    ])
  }))

test('H2: a datagram that the peer makes too long for UDP is lost, and the next one arrives', () =>
  Stage.run(async (stage) => {
    const [caller, callee] = [await stage.node([]), await stage.node([], { admit: () => true })]
    callee.serve('dns', (pipe) => {
      pipe.onStream((stream) => {
        stream.write(Uint8Array.of(0xff, 0xff))
        stream.write(new Uint8Array(0xffff))
        stream.write(Uint8Array.of(0, 2, 111, 107))
      })
    })
    const link = new PeerLink({ node: caller, target: await callee.address(), service: 'dns' })
    await link.open()
    const listener = await listenLocally(parseEndpoint('udp:0'), () => link.openStream())
    stage.endWith(async () => listener.close())
    stage.endWith(() => link.close())
    const socket = createSocket('udp4')
    stage.endWith(async () => void socket.close())
    socket.send('a question', 'port' in listener.local ? listener.local.port : 0, '127.0.0.1')
    const [answer] = (await once(socket, 'message')) as [Buffer]
    expect(answer.toString()).toBe('ok')
  }))

test('H2: a server that listens at one of the addresses of localhost alone is reached by name and by port', () =>
  Stage.run(async (stage) => {
    for (const address of ['127.0.0.1', '::1']) {
      const port = await serverOf(stage, (socket) => socket.end(address), address)
      for (const served of [`web=localhost:${port}`, `${port}`]) {
        const forward = await forwarded(stage, parseServed(served))
        expect(await text(dial(stage, forward.port))).toBe(address)
      }
    }
  }))

test('H2: Unix sockets, for their owner alone; one that a killed program left is replaced', () =>
  Stage.run(async (stage) => {
    const folder = await mkdtemp(join(tmpdir(), 'p2pd-forward-'))
    stage.endWith(() => rm(folder, { recursive: true }))
    const path = join(folder, 'here')
    const port = await serverOf(stage, (socket) => socket.end('hello'))
    const forward = await forwarded(stage, parseServed(`web=127.0.0.1:${port}`), `unix:${path}`)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const socket = connect(path)
    expect(await text(socket)).toBe('hello')
    const taken = listenLocally(parseEndpoint(`unix:${path}`), () => forward.link.openStream())
    await expect(taken).rejects.toMatchObject({ code: 'EADDRINUSE' })
  }))

test('H2: while the peer is away connections are refused, and they work again when it is back', () =>
  Stage.run(async (stage) => {
    const port = await serverOf(stage, (socket) => socket.end('hello'))
    let isBack = () => {}
    const back = new Promise<void>((resolve) => (isBack = resolve))
    const [caller, callee] = [await stage.node([]), await stage.node([], { admit: () => true })]
    serveEndpoints(callee, [parseServed(`web=127.0.0.1:${port}`)])
    let pipes = 0
    let isLost = () => {}
    const lost = new Promise<void>((resolve) => (isLost = resolve))
    const onPipe = () => void (++pipes > 1 && isBack())
    const target = await callee.address()
    const link = new PeerLink({ node: caller, target, service: 'web', onPipe, onLost: () => isLost() })
    await link.open()
    const listener = await listenLocally(parseEndpoint('0'), () => link.openStream())
    stage.endWith(async () => listener.close())
    stage.endWith(() => link.close())
    const local = 'port' in listener.local ? listener.local.port : 0
    for (const pipe of callee.pipes()) await pipe.close()
    await lost
    expect(await errorOf(dial(stage, local))).toBe('ECONNRESET')
    await back
    expect(await text(dial(stage, local))).toBe('hello')
  }))

test('H2: a SOCKS proxy leads to services by name and port, and to nothing else', () =>
  Stage.run(async (stage) => {
    const port = await serverOf(stage, (socket) => socket.pipe(socket))
    const [caller, callee] = [await stage.node([]), await stage.node([], { admit: () => true })]
    serveEndpoints(callee, [parseServed(`web=127.0.0.1:${port}`), parseServed(`22=127.0.0.1:${port}`)])
    const links = new ServiceLinks({ node: caller, target: await callee.address() })
    stage.endWith(() => links.close())
    const listener = await listenSocks(parseEndpoint('0'), (to) => links.openStream(servicesOf(to, 'home')))
    stage.endWith(async () => listener.close())
    const ask = async (host: string, wanted: number) => {
      const socket = dial(stage, 'port' in listener.local ? listener.local.port : 0)
      const name = Buffer.from(host)
      const request = [5, 1, 0, 3, name.length, ...name, wanted >> 8, wanted & 255]
      // All at once: bytes after the request are for the service.
      socket.end(Buffer.concat([Uint8Array.of(5, 1, 0), Uint8Array.from(request), Buffer.from('hello')]))
      const answer = Buffer.from(await text(socket), 'utf8')
      return [answer[3], answer.subarray(12).toString()]
    }
    expect(await Promise.all([ask('web', 80), ask('localhost', 22), ask('HOME', 22)])).toEqual([
      [0, 'hello'],
      [0, 'hello'],
      [0, 'hello'],
    ])
    expect(await Promise.all([ask('localhost', 23), ask('example.org', 80)])).toEqual([
      [2, ''],
      [2, ''],
    ])
  }))

test('H2: only the names that are served exist, and mistakes are named', () =>
  Stage.run(async (stage) => {
    const forward = await forwarded(stage, parseServed('22'))
    for (const service of ['23', 'udp:22', '127.0.0.1:22', 'unix:/etc/passwd']) {
      const calling = forward.caller.connect(await forward.callee.address(), { service })
      await expect(calling).rejects.toMatchObject({ code: 'NODE_SERVICE' })
    }
    const texts = ['22', '0.0.0.0:22', '[::1]:22', 'udp:53', 'unix:/run/x']
    const formatted = ['127.0.0.1:22', '0.0.0.0:22', '[::1]:22', 'udp:127.0.0.1:53', 'unix:/run/x']
    expect(texts.map((one) => formatEndpoint(parseEndpoint(one)))).toEqual(formatted)
    for (const one of ['', 'x', '65536', 'unix:', '::1:22', '=22', 'a:b:1'])
      expect(() => parseServed(one)).toThrow(expect.objectContaining({ code: 'NODE_BAD_OPTION' }))
    expect(parseRemoteService('home:53', 'udp')).toEqual({ target: 'home', service: 'udp:53' })
    expect(parseRemoteService('home:udp:53', 'udp')).toEqual({ target: 'home', service: 'udp:53' })
    expect(parseServed('reverse:udp:53')).toMatchObject({ name: 'reverse:udp:53', isReverse: true })
    expect(parseRemoteService('home:53', 'udp', true).service).toBe('reverse:udp:53')
    expect(() => parseRemoteService('home', 'tcp')).toThrow('give TARGET:PORT')
  }))

const later = (ms: number) => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ms))
