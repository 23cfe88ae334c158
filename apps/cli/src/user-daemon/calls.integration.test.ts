import { expect, jest, test } from '@jest/globals'
import { startInfra } from '@p2pd/infra'
import { createHash, randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createReadStream, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { buffer, text } from 'node:stream/consumers'
import { until } from '@p2pd/netif/testing'
import { type Held, type Play, pairUsers, play } from '../testdata/play.ts'
import { writeServers } from '../testdata/run.ts'

// Many commands, one after the other: each loads its modules first.
jest.setTimeout(90_000)

const NOTHING: Held = { pipes: [], services: ['files'], listener: undefined }

/** Two users who are contacts; alice has a daemon, and bob serves. */
const withDaemon = (
  act: (stage: Play & { readonly id: string }) => Promise<void>,
  services: readonly string[] = [],
) =>
  play(async (stage) => {
    await pairUsers(stage.as)
    const daemon = stage.as('alice', 'daemon', '--port', '0')
    await daemon.next()
    const { id } = await stage.as('alice', 'id').next()
    const all = [`web=127.0.0.1:${stage.port}`, ...services]
    const serving = stage.as('bob', 'serve', ...all)
    for (const _ of all) await serving.next()
    await act({ ...stage, id: String(id) })
    await until(
      () => stage.heldBy('alice'),
      ({ pipes, listener }) => pipes.length === 0 && listener === undefined,
    )
    expect(await stage.heldBy('alice')).toEqual(NOTHING)
  })

/** A connection to an endpoint `address:port`. */
function dial(local: unknown): Socket {
  return connect(Number(String(local).split(':').at(-1)), '127.0.0.1')
}

test('D4: forward, socks and doctor use the node of the daemon, and leave nothing there', () =>
  withDaemon(async ({ as, plainly, heldBy }) => {
    const forwarding = as('alice', 'forward', '0', 'bob:web')
    expect(await forwarding.next()).toMatchObject({ event: 'peer', service: 'web' })
    const { local } = await forwarding.next()
    expect(await text(dial(local).end('a question'))).toBe('answer to a question')
    expect((await heldBy('alice')).pipes.length).toBe(1)
    forwarding.interrupt()
    expect(await forwarding.status).toBe(0)

    const joined = plainly('alice', 'forward', '-', 'bob:web')
    joined.stdin.end('another')
    expect([await joined.text(), await joined.status]).toEqual(['answer to another', 0])

    const proxy = as('alice', 'socks', '0', 'bob')
    const { local: at } = await proxy.next()
    const client = dial(at)
    client.end(Buffer.from('\x05\x01\x00\x05\x01\x00\x03\x03web\x00\x50through a proxy', 'latin1'))
    expect(await text(client)).toMatch(/answer to through a proxy$/)
    expect((await heldBy('alice')).pipes.length).toBe(1)
    proxy.interrupt()
    expect(await proxy.status).toBe(0)

    const refused = as('alice', 'forward', '0', 'bob:22')
    expect(await refused.next()).toMatchObject({ event: 'failed', code: 'NODE_SERVICE' })
    const doctor = as('alice', 'doctor', 'bob')
    await doctor.status
    const checks = (await doctor.text()).split('\n').filter((line) => line.includes('"check":"call"'))
    expect(checks.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ status: 'ok' }])
  }))

test('D4: datagrams, and connections that come back, cross the daemon', async () => {
  const socket = createSocket('udp4')
  socket.on('message', (data, { port }) => socket.send(`re: ${String(data)}`, port))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  await withDaemon(
    async ({ as, port }) => {
      const forwarding = as('alice', 'forward', 'udp:0', `bob:udp`)
      expect(await forwarding.next()).toMatchObject({ event: 'peer', service: 'udp' })
      expect(await forwarding.next()).toMatchObject({ event: 'datagrams' })
      const { local } = await forwarding.next()
      const client = createSocket('udp4')
      for (const word of ['one', 'two', 'three']) {
        client.send(word, Number(String(local).split(':').at(-1)), '127.0.0.1')
        const [answer] = (await once(client, 'message')) as [Buffer]
        expect(String(answer)).toBe(`re: ${word}`)
      }
      client.close()
      forwarding.interrupt()

      const reverse = as('alice', 'forward', '-R', `${port}`, 'bob:dev')
      expect(await reverse.next()).toMatchObject({ event: 'peer', service: 'reverse:dev' })
      const { remote } = await reverse.next()
      for (const word of ['here', 'there'])
        expect(await text(dial(remote).end(word))).toBe(`answer to ${word}`)
      reverse.interrupt()
      expect(await reverse.status).toBe(0)
    },
    [`udp=udp:127.0.0.1:${socket.address().port}`, 'dev=reverse:0'],
  ).finally(() => socket.close())
})

test('D4: 100 MB by send and both ways of a forward arrive whole through the daemon', () =>
  withDaemon(async ({ as, path, heldBy }) => {
    const big = randomBytes(100_000_000)
    writeFileSync(path('big'), big)
    const receiving = as('carol', 'receive', path('inbox'), '--yes')
    const { id } = await receiving.next()
    const sending = as('alice', 'send', String(id), path('big'))
    expect(await sending.next()).toMatchObject({ event: 'offer' })
    expect((await heldBy('alice')).pipes.length).toBe(1)
    expect([await sending.status, await receiving.status]).toEqual([0, 0])
    const hash = createHash('sha256')
    await pipeline(createReadStream(path('inbox/big')), hash)
    expect(hash.digest('hex')).toBe(createHash('sha256').update(big).digest('hex'))

    const forwarding = as('alice', 'forward', '0', 'bob:web')
    await forwarding.next()
    const question = 'x'.repeat(20_000_000)
    const socket = dial((await forwarding.next()).local)
    const answer = buffer(socket)
    socket.end(question)
    expect((await answer).equals(Buffer.from(`answer to ${question}`))).toBe(true)
    forwarding.interrupt()
    await forwarding.status
  }))

test('D4: --standalone and another identity leave the daemon alone', () =>
  withDaemon(async ({ as, heldBy, path }) => {
    const alone = as('alice', 'forward', '0', 'bob:web', '--standalone')
    expect(await alone.next()).toMatchObject({ event: 'peer', service: 'web' })
    const { local } = await alone.next()
    expect(await text(dial(local).end('alone'))).toBe('answer to alone')
    expect(await heldBy('alice')).toEqual(NOTHING)
    alone.interrupt()
    expect(await alone.status).toBe(0)
    const other = as('alice', 'forward', '0', 'bob:web', '--identity', path('other.pem'))
    expect(await other.next()).toMatchObject({ event: 'failed', code: 'NODE_SERVICE' })
  }))

test('D4: a command with servers of other brokers leaves the daemon alone, and a bad file is an error', () =>
  withDaemon(async ({ as, heldBy, path, id }) => {
    const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
    const elsewhere = ['--servers', writeServers(path('elsewhere.json'), infra.servers)]
    const listening = as('alice', 'listen', '--echo', ...elsewhere)
    expect(await listening.next()).toMatchObject({ event: 'listening', id })
    expect(listening.errors()).toContain('your daemon uses no broker of')
    expect(await heldBy('alice')).toEqual(NOTHING)
    const caller = as('carol', 'connect', id, '--send', 'there?', '--recv', '6', ...elsewhere)
    expect([await caller.status, await caller.text()]).toEqual([0, expect.stringContaining('there?')])
    listening.interrupt()
    await listening.status
    await infra.close()
    const bad = as('alice', 'listen', '--servers', writeServers(path('bad.json'), { stun: ['h'] }))
    expect(await bad.next()).toMatchObject({ event: 'failed', code: 'NODE_BAD_SERVERS' })
  }))
