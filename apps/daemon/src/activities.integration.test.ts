import { expect, test } from '@jest/globals'
import { createClient } from '@p2pd/client'
import { unixFetch } from '@p2pd/client/node'
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { readAll, type Stage } from './testdata/daemon-stage.ts'
import { ask, until, withPair } from './testdata/daemon-pair.ts'

const overSocket = ({ socket }: Stage) => createClient({ url: 'http://localhost', fetch: unixFetch(socket) })

/** Pairs two daemons by the API, each a contact of the other. */
async function pairUp(alice: Stage, bob: Stage): Promise<void> {
  const { body } = await ask(alice, 'POST /v1/pairings', { remember: 'bob' })
  const paired = await ask(bob, 'POST /v1/pairings', { code: body.code, remember: 'alice' })
  expect(paired).toMatchObject({ status: 201, body: { state: 'paired', name: 'alice', peer: alice.node.id } })
  await until(
    async () => (await ask(alice, `GET /v1/pairings/${String(body.id)}`)).body,
    ({ state }) => state === 'paired',
  )
}

async function echoServer(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => void socket.pipe(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as { port: number }).port }
}

test('H4, H2: two daemons pair by a code; one serves a port to its contact, the other forwards to it', () =>
  withPair(async (alice, bob) => {
    const { server, port } = await echoServer()
    const early = await ask(bob, 'POST /v1/forwards', { local: '0', target: alice.node.id, service: 'echo' })
    expect(early).toMatchObject({ status: 403, body: { code: 'NODE_SERVICE' } })
    await pairUp(alice, bob)
    const served = await ask(alice, 'PUT /v1/services/echo', { to: String(port) })
    expect(served).toMatchObject({ status: 201, body: { name: 'echo', to: `127.0.0.1:${port}` } })
    const wish = { local: '0', target: 'alice', service: 'echo' }
    const forward = await ask(bob, 'POST /v1/forwards', wish, { 'idempotency-key': 'once' })
    expect(forward).toMatchObject({ status: 201, body: { state: 'connected', peer: alice.node.id } })
    // The answer was lost, and the client asks again.
    expect(await ask(bob, 'POST /v1/forwards', wish, { 'idempotency-key': 'once' })).toEqual(forward)
    const reused = await ask(
      bob,
      'POST /v1/forwards',
      { ...wish, service: 'x' },
      { 'idempotency-key': 'once' },
    )
    expect(reused).toMatchObject({ status: 422, body: { code: 'DAEMON_KEY_REUSED' } })
    const local = Number(String(forward.body.local).split(':')[1])
    const socket = connect({ port: local, host: '127.0.0.1', allowHalfOpen: true })
    socket.end('through the forward')
    expect(await readAll(socket)).toBe('through the forward')
    const { items } = await overSocket(bob).request('get /v1/forwards')
    expect(items).toMatchObject([{ connections: 1, strategy: 'direct' }])
    const taken = await ask(bob, 'POST /v1/forwards', { ...wish, local: String(local) })
    expect(taken).toMatchObject({ status: 409, body: { code: 'DAEMON_LISTEN' } })
    expect((await ask(bob, `DELETE /v1/forwards/${String(forward.body.id)}`)).status).toBe(204)
    expect((await bob.json('/v1/forwards')).items).toEqual([])
    server.close()
  }))

test('H1: a service has a list of its own; paths of files are for the Unix socket alone', () =>
  withPair(async (alice, bob) => {
    const { server, port } = await echoServer()
    const call = () => ask(bob, 'PUT /v1/pipes/x', { target: alice.node.id, service: 'echo' })
    await ask(alice, 'PUT /v1/services/echo', { to: String(port) })
    expect(await call()).toMatchObject({ status: 403 })
    const open = await ask(alice, 'PUT /v1/services/echo', { to: String(port), allow: ['everyone'] })
    expect(open).toMatchObject({ status: 200, body: { allow: ['everyone'] } })
    expect(await call()).toMatchObject({ status: 201 })
    const path = join(bob.folder, 'local.sock')
    const refused = { status: 403, body: { code: 'DAEMON_OWNER_ONLY' } }
    expect(await ask(alice, 'PUT /v1/services/u', { to: `unix:${path}` })).toMatchObject(refused)
    const wish = { local: `unix:${path}`, target: alice.node.id, service: 'echo' }
    expect(await ask(bob, 'POST /v1/forwards', wish)).toMatchObject(refused)
    expect(await overSocket(bob).request('post /v1/forwards', { body: wish })).toMatchObject({
      local: `unix:${path}`,
    })
    await ask(alice, 'PUT /v1/services/asked', { allow: ['ask'] })
    const asking = ask(bob, 'PUT /v1/pipes/y', { target: alice.node.id, service: 'asked' })
    const { items } = await until(
      async () => (await alice.json('/v1/waiting')) as { items: { id: string; peer: string }[] },
      ({ items: callers }) => callers.length > 0,
    )
    expect(items).toMatchObject([{ peer: bob.node.id, service: 'asked' }])
    await ask(alice, `POST /v1/waiting/${items[0]?.id}/accept`)
    expect(await asking).toMatchObject({ status: 201 })
    server.close()
  }))

test('H4: a pairing that waits is ended; a code with a typing error is a problem', () =>
  withPair(async (alice, bob) => {
    const typo = await ask(bob, 'POST /v1/pairings', { code: '1234-nosuch-words' })
    expect(typo).toMatchObject({ status: 400, body: { code: 'NODE_BAD_CODE' } })
    const { body } = await ask(alice, 'POST /v1/pairings')
    expect(body).toMatchObject({ state: 'waiting', command: `p2pd pair ${String(body.code)}` })
    expect((await ask(alice, `DELETE /v1/pairings/${String(body.id)}`)).status).toBe(204)
    expect(await ask(alice, `GET /v1/pairings/${String(body.id)}`)).toMatchObject({ status: 404 })
  }))
