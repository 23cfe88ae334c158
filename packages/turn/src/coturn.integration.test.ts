import { once } from 'node:events'
import { afterEach, expect } from '@jest/globals'
import type { TransportAddress, UdpSocket } from '@p2pd/netif'
import { systemNetwork } from '@p2pd/netif/node'
import { tlsDialer } from '@p2pd/stun/node'
import { CERTIFICATE } from '@p2pd/stun/testing'
import {
  allocate,
  type AllocateOptions,
  allocateTcp,
  checkTurnServer,
  type RelayedSocket,
  type TurnPorts,
} from '@p2pd/turn'
import { sharedSecret, turnPorts } from '@p2pd/turn/node'
import {
  type Coturn,
  type CoturnOptions,
  freePort,
  startCoturn,
  testWithCoturn,
  USER,
} from './testdata/coturn.ts'

const ports: TurnPorts = {
  ...turnPorts,
  secure: (dialer, serverName) => tlsDialer(dialer, { serverName, ca: CERTIFICATE }),
}
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function coturn(flags: readonly string[] = [], options: CoturnOptions = {}): Promise<Coturn> {
  const server = await startCoturn(flags, options)
  cleanups.push(() => server.stop())
  return server
}

const options = ({ port }: Coturn, kind: 'udp' | 'tcp' | 'tls'): AllocateOptions => ({
  server: kind === 'tls' ? `turns:127.0.0.1:${port}` : `turn:127.0.0.1:${port}?transport=${kind}`,
  credentials: USER,
})

async function relay(settings: AllocateOptions): Promise<RelayedSocket> {
  const socket = await allocate(ports, settings)
  cleanups.push(async () => {
    socket.close()
    await socket.closed
  })
  return socket
}

async function peer(ip = '127.0.0.1'): Promise<UdpSocket> {
  const socket = await systemNetwork.bindUdp({ local: { ip, port: 0 } })
  cleanups.push(() => socket.close())
  return socket
}

async function echoPeer(ip?: string): Promise<UdpSocket> {
  const socket = await peer(ip)
  socket.onMessage((data, from) => socket.send(data, from))
  return socket
}

/** Sends until the answer comes, as a datagram may be lost while a permission is on its way. */
function echoed(socket: UdpSocket, to: TransportAddress, text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text)
  return new Promise((resolve) => {
    const timer = setInterval(() => socket.send(bytes, to), 200)
    const stop = socket.onMessage((data) => {
      const answer = new TextDecoder().decode(data)
      if (answer !== text) return
      clearInterval(timer)
      stop()
      resolve(answer)
    })
    socket.send(bytes, to)
  })
}

for (const kind of ['udp', 'tcp', 'tls'] as const) {
  testWithCoturn(
    `A9: a datagram and its answer over ${kind}; the server forgets the allocation on close`,
    async () => {
      const server = await coturn()
      const socket = await relay(options(server, kind))
      expect(socket.local.ip).toBe('127.0.0.1')
      const echo = await echoPeer()
      for (const length of [0, 1, 2, 3, 4, 1200]) {
        const text = `${length}:`.padEnd(length, 'x')
        expect(await echoed(socket, echo.local, text)).toBe(text)
      }
      socket.close()
      await socket.closed
      await server.logged(/refreshed, realm=<r.test>, username=<u>, lifetime=0/)
    },
  )
}

testWithCoturn('a peer that is permitted sends first', async () => {
  const server = await coturn()
  const socket = await relay(options(server, 'udp'))
  const other = await peer()
  expect(await socket.permit('127.0.0.1')).toBe(true)
  socket.onMessage((data, from) => socket.send(data, from))
  expect(await echoed(other, socket.local, 'knock')).toBe('knock')
})

testWithCoturn('A9: IPv6, and both families in one allocation', async () => {
  const server = await coturn(['-L', '::1', '-E', '127.0.0.1', '-E', '::1'])
  const six = await relay({ ...options(server, 'udp'), families: 'IPv6' })
  expect(six.local.ip).toBe('::1')
  const both = await relay({ ...options(server, 'tcp'), families: 'both' })
  expect(both.relayed.map(({ ip }) => ip)).toEqual(['127.0.0.1', '::1'])
  const echo = await echoPeer()
  expect(await echoed(both, echo.local, 'four')).toBe('four')
  const echo6 = await echoPeer('::1')
  expect(await echoed(both, echo6.local, 'six')).toBe('six')
  const listener = await allocateTcp(ports, { ...options(server, 'tcp'), families: 'both' })
  listener.onConnection(({ stream }) => stream.pipe(stream))
  await Promise.all(listener.relayed.map(({ ip }) => listener.permit(ip)))
  for (const local of listener.relayed) expect(await tcpEcho(local, local.ip)).toBe(local.ip)
  await listener.release()
})

testWithCoturn('A9: a server with IPv4 only: 440 for IPv6, IPv4 alone for both', async () => {
  const server = await coturn(['-E', '127.0.0.1'])
  await expect(allocate(ports, { ...options(server, 'udp'), families: 'IPv6' })).rejects.toMatchObject({
    code: 'TURN_ADDRESS_FAMILY',
    errorCode: 440,
  })
  const both = await relay({ ...options(server, 'udp'), families: 'both' })
  expect(both.relayed.map(({ ip }) => ip)).toEqual(['127.0.0.1'])
})

testWithCoturn('A9: the nonce goes stale after 3 s, any number of times', async () => {
  const server = await coturn(['--stale-nonce=3'])
  const socket = await relay({ ...options(server, 'udp') })
  const listener = await allocateTcp(ports, options(server, 'tcp'))
  cleanups.push(() => listener.release())
  expect(await listener.permit('127.0.0.1')).toBe(true)
  listener.onConnection(({ stream }) => stream.pipe(stream))
  for (let round = 0; round < 2; round++) {
    await new Promise((resolve) => setTimeout(resolve, 3_500))
    const echo = await echoPeer()
    expect(await echoed(socket, echo.local, `round ${round}`)).toBe(`round ${round}`)
    expect(await tcpEcho(listener.local, 'stale')).toBe('stale')
  }
})

testWithCoturn('A9: quota: 486; the place is free again after a close', async () => {
  const server = await coturn(['--user-quota=1'])
  const first = await relay(options(server, 'udp'))
  const refused = allocate(ports, options(server, 'udp'))
  await expect(refused).rejects.toMatchObject({ code: 'TURN_QUOTA', errorCode: 486 })
  first.close()
  await first.closed
  await expect(retried(() => relay(options(server, 'udp')))).resolves.toBeDefined()
})

testWithCoturn('A9: no TCP relay, and TCP over UDP: unsupported', async () => {
  const server = await coturn(['--no-tcp-relay'])
  await expect(allocateTcp(ports, options(server, 'tcp'))).rejects.toMatchObject({ code: 'TURN_UNSUPPORTED' })
  await expect(allocateTcp(ports, options(server, 'udp'))).rejects.toMatchObject({ code: 'TURN_UNSUPPORTED' })
})

testWithCoturn('A9: another server is named: followed', async () => {
  const target = await coturn()
  const server = await coturn([`--alternate-server=127.0.0.1:${target.port}`])
  const socket = await relay(options(server, 'udp'))
  expect(socket.server).toEqual({ ip: '127.0.0.1', port: target.port })
})

testWithCoturn('A9: two servers that name each other: an end', async () => {
  const [a, b] = [await freePort(), await freePort()]
  const server = await coturn([`--alternate-server=127.0.0.1:${b}`], { port: a })
  await coturn([`--alternate-server=127.0.0.1:${a}`], { port: b })
  await expect(allocate(ports, options(server, 'udp'))).rejects.toMatchObject({ code: 'TURN_REDIRECTED' })
})

testWithCoturn('A9: time-limited credentials by a shared secret, and expired ones', async () => {
  const server = await coturn(['--use-auth-secret', '--static-auth-secret=s3cret'], { withUser: false })
  const settings = options(server, 'udp')
  await relay({ ...settings, credentials: sharedSecret('s3cret', { name: 'alice' }) })
  for (const credentials of [sharedSecret('other'), sharedSecret('s3cret', { lifetimeSeconds: -60 })]) {
    await expect(allocate(ports, { ...settings, credentials })).rejects.toMatchObject({
      code: 'TURN_CREDENTIALS',
    })
  }
})

testWithCoturn('a check says what a server relays, and why it cannot be used', async () => {
  const server = await coturn(['--no-tcp-relay', '-E', '127.0.0.1'])
  expect(await checkTurnServer(ports, options(server, 'tcp'))).toEqual({
    server: `turn:127.0.0.1:${server.port}?transport=tcp`,
    ok: true,
    rttMs: expect.any(Number),
    udp: ['IPv4'],
    tcp: false,
  })
  const wrong = { ...options(server, 'udp'), credentials: { username: 'u', password: 'geheim' } }
  const { ok, reason } = await checkTurnServer(ports, wrong)
  expect(ok).toBe(false)
  expect(reason).toMatch(/^credentials refused: .* 401/)
  expect(reason).not.toContain('geheim')
})

testWithCoturn('a wrong password: one error, no more requests', async () => {
  const server = await coturn()
  const credentials = { ...USER, password: 'wrong' }
  const failed = allocate(ports, { ...options(server, 'udp'), credentials })
  await expect(failed).rejects.toMatchObject({ code: 'TURN_CREDENTIALS', errorCode: 401 })
})

testWithCoturn('a certificate of another name, and a server that is not there', async () => {
  const server = await coturn()
  const untrusted = allocate(turnPorts, options(server, 'tls'))
  await expect(untrusted).rejects.toMatchObject({ code: 'TURN_UNREACHABLE' })
  const nobody = { server: `turn:127.0.0.1:${await freePort()}?transport=tcp`, credentials: USER }
  await expect(allocate(ports, nobody)).rejects.toMatchObject({ code: 'TURN_UNREACHABLE' })
})

for (const kind of ['tcp', 'tls'] as const) {
  testWithCoturn(`A9: TCP allocations over ${kind}: peers dial in, and are dialled`, async () => {
    const server = await coturn()
    const listener = await allocateTcp(ports, options(server, kind))
    cleanups.push(() => listener.release())
    expect(await listener.permit('127.0.0.1')).toBe(true)
    listener.onConnection(({ stream }) => stream.pipe(stream))
    expect(await tcpEcho(listener.local, 'hello')).toBe('hello')
    const target = await systemNetwork.listenTcp({ local: { ip: '127.0.0.1', port: 0 } })
    cleanups.push(() => target.close())
    target.onConnection(({ stream }) => stream.pipe(stream))
    const { stream, remote } = await listener.dial(target.local)
    expect(remote).toEqual(target.local)
    expect(await exchanged(stream, 'out')).toBe('out')
    await listener.close()
    expect(server.log()).toMatch(/lifetime=0/)
  })
}

testWithCoturn('A9: the server is killed and restarted: the relay comes back, and says so', async () => {
  const server = await startCoturn()
  const sockets = [await relay(options(server, 'udp')), await relay(options(server, 'tcp'))]
  const changed = sockets.map(
    (socket) =>
      new Promise<void>((resolve) => {
        socket.onChange(({ type }) => {
          if (type === 'reallocated') resolve()
        })
      }),
  )
  await server.stop()
  const again = await startCoturn([], { port: server.port })
  cleanups.unshift(() => again.stop())
  for (const socket of sockets) expect(await socket.check()).toBe(false)
  await Promise.all(changed)
  const echo = await echoPeer()
  for (const socket of sockets) expect(await echoed(socket, echo.local, 'again')).toBe('again')
})

testWithCoturn('an attempt that is given up leaves nothing on the server', async () => {
  const server = await coturn(['--user-quota=1'])
  for (let round = 0; round < 5; round++) {
    const controller = new AbortController()
    const failed = allocate(ports, { ...options(server, 'udp'), signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), round)
    const outcome = await failed.catch((error: Error) => error)
    if (!(outcome instanceof Error)) {
      outcome.close()
      await outcome.closed
    }
  }
  await expect(retried(() => relay(options(server, 'udp')))).resolves.toBeDefined()
})

/** coturn takes up to 1.5 s to free a quota. */
async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

async function exchanged(stream: import('node:stream').Duplex, text: string): Promise<string> {
  stream.write(text)
  const [data] = (await once(stream, 'data')) as [Uint8Array]
  stream.destroy()
  return new TextDecoder().decode(data)
}

async function tcpEcho(remote: TransportAddress, text: string): Promise<string> {
  const { stream } = await systemNetwork.dial({ remote })
  return exchanged(stream, text)
}
