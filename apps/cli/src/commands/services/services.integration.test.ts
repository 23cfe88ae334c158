import { expect, test } from '@jest/globals'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { pairUsers, play } from '../../testdata/play.ts'

/** A peer that does not offer a service to this node has to do this. */
const REMEDY = expect.stringContaining('it has to run `p2pd serve` with this name')

test('H4, H2, H5: two people pair, one serves a port, the other forwards it and pings', () =>
  play(async ({ as, plainly, port }) => {
    await pairUsers(as)
    const serving = as('alice', 'serve', `web=127.0.0.1:${port}`)
    expect(await serving.next()).toMatchObject({ event: 'serving', service: 'web', to: `127.0.0.1:${port}` })

    const forwarding = as('bob', 'forward', '0', 'alice:web')
    expect(await forwarding.next()).toMatchObject({ event: 'peer', service: 'web' })
    const { local } = await forwarding.next()
    expect(await serving.next()).toMatchObject({ event: 'peer', service: 'web' })
    const socket = connect(Number((local as string).split(':').at(-1)), '127.0.0.1')
    socket.end('a question')
    expect(await text(socket)).toBe('answer to a question')

    const joined = plainly('bob', 'forward', '-', 'alice:web')
    joined.stdin.end('another')
    expect([await joined.text(), await joined.status]).toEqual(['answer to another', 0])
    expect(await serving.next()).toMatchObject({ event: 'peer', service: 'web' })

    const ping = as('bob', 'ping', 'alice', '-n', '2', '--require', 'direct')
    expect(await ping.next()).toMatchObject({ event: 'pong', seq: 1, strategy: 'direct' })
    expect(await ping.next()).toMatchObject({ event: 'pong', seq: 2 })
    expect(await ping.next()).toMatchObject({ event: 'summary', lost: 0 })
    expect(await ping.status).toBe(0)

    const refused = as('bob', 'forward', '0', 'alice:22')
    expect(await refused.next()).toMatchObject({ event: 'failed', code: 'NODE_SERVICE', reason: REMEDY })
    const stranger = as('carol', 'pair', '0000-abandon-zoo')
    expect(await stranger.status).toBe(1)
  }))

test('H4: serve --code lets in who types the code, for several services of one command', () =>
  play(async ({ as, port }) => {
    const serving = as('alice', 'serve', `web=127.0.0.1:${port}`, `api=127.0.0.1:${port}`, '--code')
    expect([(await serving.next()).event, (await serving.next()).event]).toEqual(['serving', 'serving'])
    const { code, command } = await serving.next()
    expect(command).toBe(`p2pd forward LOCAL ${String(code)}:web`)
    const forwarding = as('bob', 'forward', '0', `${String(code)}:web`, '0', `${String(code)}:api`)
    expect(await forwarding.next()).toMatchObject({ event: 'paired' })
    expect(await serving.next()).toMatchObject({ event: 'paired' })
    const events = [
      await forwarding.next(),
      await forwarding.next(),
      await forwarding.next(),
      await forwarding.next(),
    ]
    const ports = events.flatMap(({ local }) =>
      local === undefined ? [] : [Number((local as string).split(':').at(-1))],
    )
    for (const one of ports) expect(await text(connect(one, '127.0.0.1').end('x'))).toBe('answer to x')
    expect(ports.length).toBe(2)
    // A code is good for one peer. Soon after, its side still says so; later the brokers do.
    const again = as('carol', 'ping', String(code), '--timeout', '1s')
    expect([await again.status, await again.next()]).toMatchObject([
      1,
      { code: 'NODE_CODE_OVER', reason: expect.stringContaining('used already') },
    ])
  }))

test('H2: a peer forwards its port to this side, and a SOCKS proxy leads to what it serves', () =>
  play(async ({ as, port }) => {
    await pairUsers(as)
    const serving = as('alice', 'serve', `web=127.0.0.1:${port}`, 'dev=reverse:0', 'dead=127.0.0.1:1')
    expect(await serving.next()).toMatchObject({ event: 'serving', service: 'web' })
    expect(await serving.next()).toMatchObject({ event: 'serving', service: 'reverse:dev' })
    expect(await serving.next()).toMatchObject({ event: 'serving', service: 'dead' })

    const reverse = as('bob', 'forward', '-R', `${port}`, 'alice:dev')
    expect(await reverse.next()).toMatchObject({ event: 'peer', service: 'reverse:dev' })
    const { local, remote } = await reverse.next()
    expect(local).toBe(`127.0.0.1:${port}`)
    const socket = connect(Number(String(remote).split(':').at(-1)), '127.0.0.1')
    socket.end('the other way')
    expect(await text(socket)).toBe('answer to the other way')

    expect((await serving.next()).event).toBe('peer')
    const second = as('bob', 'forward', '-R', '1', 'alice:dev')
    expect(await second.next()).toMatchObject({ event: 'failed', code: 'NODE_SERVICE' })
    expect(second.errors()).not.toContain("can't be used for now")
    expect(second.errors()).not.toContain('p2pd serve') // It is offered, and in use.
    const nowhere = as('bob', 'forward', '-R', '1', 'alice:nowhere')
    expect(await nowhere.next()).toMatchObject({ event: 'failed', code: 'NODE_SERVICE', reason: REMEDY })
    expect(await serving.next()).toMatchObject({ event: 'refused', service: 'reverse:dev' })

    const proxy = as('bob', 'socks', '0', 'alice')
    const { event, local: at } = await proxy.next()
    expect(event).toBe('forwarding')
    const client = connect(Number(String(at).split(':').at(-1)), '127.0.0.1')
    client.end(Buffer.from('\x05\x01\x00\x05\x01\x00\x03\x03web\x00\x50through a proxy', 'latin1'))
    expect(await text(client)).toMatch(/answer to through a proxy$/)

    // A program that asks again at once is refused again; a person reads why once.
    for (let time = 0; time < 2; time++) {
      const unknown = connect(Number(String(at).split(':').at(-1)), '127.0.0.1')
      unknown.end(Buffer.from('\x05\x01\x00\x05\x01\x00\x03\x04nope\x00\x50', 'latin1'))
      await text(unknown)
    }
    expect(proxy.errors().match(/does not offer "nope" .* `p2pd serve`/g)).toHaveLength(1)

    const lost = connect(Number(String(at).split(':').at(-1)), '127.0.0.1').on('error', () => {})
    lost.write(Buffer.from('\x05\x01\x00\x05\x01\x00\x03\x04dead\x00\x50anybody?', 'latin1'))
    let told = await serving.next()
    while (told.event !== 'unreached') told = await serving.next()
    expect(told).toMatchObject({ service: 'dead', to: '127.0.0.1:1', reason: 'connection refused' })
    lost.destroy()

    const taken = as('bob', 'forward', `${port}`, 'alice:web')
    expect(await taken.next()).toMatchObject({ event: 'failed', code: 'CLI_TAKEN' })
    expect(await taken.status).toBe(1)
  }))

test('D4: with a daemon commands use its node; --standalone has one of its own', () =>
  play(async ({ as, port }) => {
    await pairUsers(as)
    const daemon = as('alice', 'daemon', '--port', '0')
    expect(await daemon.next()).toMatchObject({ event: 'ready' })
    const serving = as('alice', 'serve', `web=127.0.0.1:${port}`)
    const { id } = await serving.next()
    const joined = as('bob', 'forward', '0', 'alice:web')
    expect(await joined.next()).toMatchObject({ event: 'peer', peer: id })
    const socket = connect(
      Number(
        String((await joined.next())['local'])
          .split(':')
          .at(-1),
      ),
      '127.0.0.1',
    )
    expect(await text(socket.end('a daemon'))).toBe('answer to a daemon')
    joined.interrupt()

    const listener = as('bob', 'listen', '--echo')
    const { id: bob } = await listener.next()
    const called = as('alice', 'connect', bob as string, '--send', 'hello', '--recv', '5')
    expect(await called.next()).toMatchObject({ event: 'connected', peer: bob, encrypted: true })
    expect([await called.next(), await called.status]).toMatchObject([{ text: 'hello' }, 0])
    const ping = as('alice', 'ping', bob as string, '-n', '1')
    expect([await ping.next(), await ping.status]).toMatchObject([{ event: 'pong', strategy: 'direct' }, 0])
    const alone = as('alice', 'connect', bob as string, '--send', 'hi', '--recv', '2', '--standalone')
    expect(await alone.next()).toMatchObject({ event: 'connected', peer: bob })
    expect(await alone.status).toBe(0)

    // A service ends with its command. Failures of the daemon have the codes of the library.
    serving.interrupt()
    expect(await serving.status).toBe(0)
    const late = as('bob', 'forward', '0', 'alice:web')
    expect(await late.next()).toMatchObject({ event: 'failed', code: 'NODE_SERVICE', reason: REMEDY })
    const nobody = as('alice', 'ping', 'nobody')
    expect(await nobody.next()).toMatchObject({ event: 'failed', code: 'NODE_UNKNOWN_NAME' })
    const again = as('alice', 'serve', `web=127.0.0.1:${port}`)
    await again.next()
    daemon.interrupt()
    expect(await again.next()).toMatchObject({ event: 'failed', code: 'CLI_DAEMON' })
  }))

test('H4: serve without contacts says at once that nobody may call, and how to let somebody in', () =>
  play(async ({ as, port }) => {
    const words = 'contacts alone may call, and you have none: run `p2pd pair`'
    const alone = as('alice', 'serve', `web=127.0.0.1:${port}`)
    await alone.next()
    const open = as('bob', 'serve', `web=127.0.0.1:${port}`, '--allow', 'everyone')
    await open.next()
    // The refusal tells the caller what to do, too.
    const refused = as('carol', 'forward', '0', `${String((await as('alice', 'id').next()).id)}:web`)
    expect(await refused.next()).toMatchObject({ reason: expect.stringContaining('whom it allows') })
    expect(alone.errors()).toContain(words)
    expect(open.errors()).not.toContain(words)
  }))

test('mistakes are reported before anything is started', () =>
  play(async ({ as }) => {
    const cases: [string[], number][] = [
      [['serve', 'x'], 2],
      [['serve', 'web=localhost:0'], 2],
      [['serve', '22', '22'], 2],
      [['forward', '0'], 2],
      [['forward', '0', 'alice'], 2],
      [['forward', '-R', '-', 'alice:22'], 2],
      [['socks', 'udp:1080', 'alice'], 2],
      [['socks', '0', 'nobody'], 1],
      [['ping', 'alice', '-n', '0'], 2],
      [['ping', 'alice', '--relay', 'sometimes'], 2],
      [['pair', '1-a'], 1],
      [['ping', 'alice', '--require', 'relay'], 2],
      [['connect', 'alice', '--strategies', 'relay', '--relay', 'never'], 2],
    ]
    for (const [args, status] of cases)
      expect([args, await as('bob', ...args).status]).toEqual([args, status])
  }))
