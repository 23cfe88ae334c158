import { expect, test } from '@jest/globals'
import { until } from '@p2pd/netif/testing'
import { ask, withPair } from '../testdata/daemon-pair.ts'
import { readAll, receives, type Stage } from '../testdata/daemon-stage.ts'

const UPGRADE = 'HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: p2pd\r\n\r\n'

/** A connection of a client of this name. */
async function hold({ dial }: Stage, name: string) {
  const connection = await dial(`GET /v1/clients/${name} ${UPGRADE}`)
  await receives(connection, '\r\n\r\n')
  return connection
}

test('pipes, services and callers belong to a client, and end with its connection', () =>
  withPair(async (alice, bob) => {
    const first = await hold(alice, 'first')
    expect(await readAll(await alice.dial(`GET /v1/clients/first ${UPGRADE}`))).toContain('409 Conflict')
    const second = await hold(alice, 'second')
    const target = bob.node.id
    const refusals = [
      ['PUT /v1/pipes/p', { target, client: 'nobody' }, 404, 'DAEMON_NO_CLIENT'],
      ['PUT /v1/services/web', { to: '1', client: 'nobody' }, 404, 'DAEMON_NO_CLIENT'],
      ['PUT /v1/listener', { client: 'nobody' }, 404, 'DAEMON_NO_CLIENT'],
    ] as const
    for (const [route, body, status, code] of refusals)
      expect(await ask(alice, route, body)).toMatchObject({ status, body: { code } })

    await ask(alice, 'PUT /v1/services/files', { allow: ['everyone'] })
    for (const [route, body] of [
      ['PUT /v1/pipes/p', { target, client: 'first' }],
      ['PUT /v1/services/web', { to: '1', client: 'first' }],
      ['PUT /v1/services/files', { allow: ['ask'], client: 'first' }],
      ['PUT /v1/listener', { client: 'first' }],
    ] as const)
      expect((await ask(alice, route, body)).status).toBeLessThan(300)
    const taken = [
      ['PUT /v1/services/web', { to: '1', client: 'second' }, 'DAEMON_NAME_TAKEN'],
      ['PUT /v1/services/web', { to: '1' }, 'DAEMON_NAME_TAKEN'],
      ['PUT /v1/services/files', { client: 'second' }, 'DAEMON_IN_USE'],
      ['PUT /v1/listener', { client: 'second' }, 'DAEMON_IN_USE'],
    ] as const
    for (const [route, body, code] of taken)
      expect(await ask(alice, route, body)).toMatchObject({ status: 409, body: { code } })

    first.destroy()
    await until(
      () => ask(alice, 'GET /v1/listener'),
      ({ body }) => body['client'] === undefined,
    )
    expect(await alice.json('/v1/pipes')).toEqual({ items: [] })
    // The list that files had before.
    expect(await alice.json('/v1/services')).toEqual({ items: [{ name: 'files', allow: ['everyone'] }] })
    second.destroy()
  }))
