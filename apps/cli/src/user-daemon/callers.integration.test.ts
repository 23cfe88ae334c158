import { expect, jest, test } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type Play, pairUsers, play } from '../testdata/play.ts'
import { until } from '@p2pd/netif/testing'

// Many commands, one after the other: each loads its modules first.
jest.setTimeout(90_000)

/** Two users who are contacts; alice has a daemon with this id. */
const withDaemon = (act: (stage: Play & { readonly id: string }) => Promise<void>) =>
  play(async (stage) => {
    await pairUsers(stage.as)
    const daemon = stage.as('alice', 'daemon', '--port', '0', '--downloads', stage.path('downloads'))
    await daemon.next()
    const { id } = await stage.as('alice', 'id').next()
    await act({ ...stage, id: String(id) })
    await until(
      () => stage.heldBy('alice'),
      ({ pipes, services, listener }) =>
        pipes.length === 0 && services.length === 1 && listener === undefined,
    )
  })

test('D4: listen takes the callers of the daemon, and gives them back', () =>
  withDaemon(async ({ as, id, heldBy }) => {
    const listening = as('alice', 'listen', '--echo')
    expect(await listening.next()).toMatchObject({ event: 'listening', id, address: expect.any(String) })
    const second = as('alice', 'listen', '--echo')
    expect(await second.next()).toMatchObject({ event: 'failed', code: 'DAEMON_IN_USE' })
    expect(await second.status).toBe(1)

    const calling = as('bob', 'connect', 'alice', '--send', 'hello', '--recv', '5')
    expect(await calling.next()).toMatchObject({ event: 'connected', peer: id })
    expect([await calling.next(), await calling.status]).toMatchObject([{ text: 'hello' }, 0])
    const { peer } = await listening.next()
    expect(peer).toBe((await as('bob', 'id').next()).id)
    listening.interrupt()
    expect(await listening.status).toBe(0)
    await until(
      () => heldBy('alice'),
      ({ listener }) => listener === undefined,
    )

    const echoed = as('bob', 'connect', 'alice', '--send', 'again', '--recv', '5')
    await echoed.next()
    expect([await echoed.next(), await echoed.status]).toMatchObject([{ text: 'again' }, 0])
    const once = as('alice', 'listen', '--echo', '--once')
    await once.next()
    const last = as('bob', 'connect', 'alice', '--send', 'x', '--recv', '1')
    expect([await last.status, await once.status]).toEqual([0, 0])
  }))

test('D4: listen joins a caller of the daemon to standard input and output, and each direction ends by itself', () =>
  withDaemon(async ({ as, plainly, heldBy }) => {
    const [question, answer] = [randomBytes(500_000), randomBytes(700_000)]
    const listening = plainly('alice', 'listen')
    await until(
      () => heldBy('alice'),
      ({ listener }) => listener !== undefined,
    )
    const calling = plainly('bob', 'connect', 'alice')
    calling.stdin.end(question)
    await until(
      () => heldBy('alice'),
      ({ pipes }) => pipes.length > 0,
    )
    // Others are turned away meanwhile.
    const refused = as('bob', 'connect', 'alice', '--send', 'x', '--recv', '1')
    await refused.next()
    expect(await refused.next()).toMatchObject({ event: 'failed', code: 'CLI_RECEIVE' })
    listening.stdin.end(answer)
    expect((await listening.bytes()).equals(question)).toBe(true)
    expect((await calling.bytes()).equals(answer)).toBe(true)
    expect([await listening.status, await calling.status]).toEqual([0, 0])
  }))

test('D4: receive takes the offers of the daemon into its own folder, and gives them back', () =>
  withDaemon(async ({ as, id, path, heldBy }) => {
    mkdirSync(path('files'))
    for (const name of ['one', 'two']) writeFileSync(path(`files/${name}`), name)
    const receiving = as('alice', 'receive', path('inbox'), '--yes')
    expect(await receiving.next()).toMatchObject({ event: 'listening', id, address: expect.any(String) })
    const sending = as('bob', 'send', 'alice', path('files'))
    expect(await receiving.next()).toMatchObject({ event: 'offer', files: 2 })
    expect([await sending.status, await receiving.status]).toEqual([0, 0])
    expect(readdirSync(path('inbox/files')).toSorted()).toEqual(['one', 'two'])

    const coded = as('alice', 'receive', path('other'), '--code', '--yes')
    await coded.next()
    const { code } = await coded.next()
    const stranger = as('carol', 'send', id, path('files/one'))
    expect(await stranger.next()).toMatchObject({ event: 'failed', code: 'NODE_SERVICE' })
    const guest = as('carol', 'send', String(code), path('files/two'))
    expect([await guest.status, await coded.status]).toEqual([0, 0])
    expect(readFileSync(path('other/two'), 'utf8')).toBe('two')

    await until(
      () => heldBy('alice'),
      ({ pipes }) => pipes.length === 0,
    )
    // Without the command an offer waits in the daemon, for contacts alone as before.
    const late = as('carol', 'send', id, path('files/one'))
    expect(await late.next()).toMatchObject({ event: 'failed', code: 'NODE_SERVICE' })
    const offered = as('bob', 'send', 'alice', path('files/one'))
    expect(await offered.next()).toMatchObject({ event: 'offer' })
    offered.interrupt()
    await offered.status
  }))

test('D4: serve --code lets its guest in by the daemon', () =>
  withDaemon(async ({ as, port }) => {
    const serving = as('alice', 'serve', `web=127.0.0.1:${port}`, '--code')
    expect((await serving.next()).event).toBe('serving')
    const { code } = await serving.next()
    const forwarding = as('carol', 'forward', '0', `${String(code)}:web`)
    expect(await forwarding.next()).toMatchObject({ event: 'paired' })
    expect(await serving.next()).toMatchObject({ event: 'paired' })
    expect(await forwarding.next()).toMatchObject({ event: 'peer', service: 'web' })
    expect(await serving.next()).toMatchObject({ event: 'peer', service: 'web' })
    serving.interrupt()
    expect(await serving.status).toBe(0)
    const { reason } = await (async () => {
      for (let event = await forwarding.next(); ; event = await forwarding.next())
        if (event.event === 'lost') return event
    })()
    expect(reason).toEqual(expect.any(String))
  }))
