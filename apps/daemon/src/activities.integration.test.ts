import { expect, test } from '@jest/globals'
import { createClient } from '@p2pd/client'
import { unixFetch } from '@p2pd/client/node'
import type { PeerPipe } from '@p2pd/node'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { Forwards } from './forwards/forwards.ts'
import { Pairings } from './pairings/pairings.ts'
import { readAll, type Stage } from './testdata/daemon-stage.ts'
import { until } from '@p2pd/netif/testing'
import { ask, withPair } from './testdata/daemon-pair.ts'

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

/** Makes each a contact of the other, without a code. */
async function introduce(alice: Stage, bob: Stage): Promise<void> {
  await ask(alice, 'PUT /v1/contacts/bob', { target: await bob.node.address() })
  await ask(bob, 'PUT /v1/contacts/alice', { target: await alice.node.address() })
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
    const typo = await ask(bob, 'POST /v1/pairings', { code: '1234-nosuch-words' })
    expect(typo).toMatchObject({ status: 400, body: { code: 'NODE_BAD_CODE' } })
    const { body: unused } = await ask(alice, 'POST /v1/pairings')
    expect(unused).toMatchObject({ state: 'waiting', command: `p2pd pair ${String(unused.code)}` })
    expect((await ask(alice, `DELETE /v1/pairings/${String(unused.id)}`)).status).toBe(204)
    expect(await ask(alice, `GET /v1/pairings/${String(unused.id)}`)).toMatchObject({ status: 404 })
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
    const target = await alice.node.address()
    const call = () => ask(bob, 'PUT /v1/pipes/x', { target, service: 'echo' })
    await ask(alice, 'PUT /v1/services/echo', { to: String(port) })
    expect(await call()).toMatchObject({ status: 403 })
    const open = await ask(alice, 'PUT /v1/services/echo', { to: String(port), allow: ['everyone'] })
    expect(open).toMatchObject({ status: 200, body: { allow: ['everyone'] } })
    expect(await call()).toMatchObject({ status: 201 })
    const path = join(bob.folder, 'local.sock')
    const refused = { status: 403, body: { code: 'DAEMON_OWNER_ONLY' } }
    expect(await ask(alice, 'PUT /v1/services/u', { to: `unix:${path}` })).toMatchObject(refused)
    const wish = { local: `unix:${path}`, target, service: 'echo' }
    expect(await ask(bob, 'POST /v1/forwards', wish)).toMatchObject(refused)
    expect(await overSocket(bob).request('post /v1/forwards', { body: wish })).toMatchObject({
      local: `unix:${path}`,
    })
    await ask(alice, 'PUT /v1/services/asked', { allow: ['ask'] })
    const asking = ask(bob, 'PUT /v1/pipes/y', { target, service: 'asked' })
    const { items } = await until(
      async () => (await alice.json('/v1/waiting')) as { items: { id: string; peer: string }[] },
      ({ items: callers }) => callers.length > 0,
    )
    expect(items).toMatchObject([{ peer: bob.node.id, service: 'asked' }])
    await ask(alice, `POST /v1/waiting/${items[0]?.id}/accept`)
    expect(await asking).toMatchObject({ status: 201 })
    server.close()
  }))

type Transfers = { items: { id: string; state: string; [field: string]: unknown }[] }

/** The newest transfer, once it is in a state. */
const newest = async (stage: Stage, state: string) => {
  const read = async () => (await stage.json('/v1/transfers')) as Transfers
  const { items } = await until(read, ({ items: [first] }) => first?.state === state)
  return items[0] as Transfers['items'][0]
}

test('H3: files go to a contact who accepts them; another offer is refused; an upload is sent as it comes', () =>
  withPair(async (alice, bob, folder) => {
    await introduce(alice, bob)
    const source = join(folder, 'recipes')
    mkdirSync(source)
    writeFileSync(join(source, 'soup.txt'), 'onions')
    writeFileSync(join(source, '.secret'), '')
    const wish = { target: 'bob', files: [source] }
    expect(await ask(alice, 'POST /v1/transfers', wish)).toMatchObject({ status: 403 })
    const owner = overSocket(alice)
    const missing = owner.request('post /v1/transfers', { body: { ...wish, files: ['/nowhere'] } })
    await expect(missing).rejects.toMatchObject({ problem: { code: 'DAEMON_BAD_REQUEST' } })
    expect(await owner.request('post /v1/transfers', { body: wish })).toMatchObject({ state: 'calling' })
    const offer = await newest(bob, 'offered')
    expect(offer).toMatchObject({
      direction: 'in',
      peer: alice.node.id,
      summary: { files: 2, names: ['recipes'], hidden: ['recipes/.secret'], bytes: 6 },
    })
    const elsewhere = { folder: '/tmp', conflict: 'rename' }
    expect(await ask(bob, `POST /v1/transfers/${offer.id}/accept`, elsewhere)).toMatchObject({ status: 403 })
    expect(await ask(bob, `POST /v1/transfers/${offer.id}/accept`)).toMatchObject({ status: 200 })
    expect(await newest(alice, 'done')).toMatchObject({ stored: 2, failed: 0, peer: bob.node.id })
    expect(await newest(bob, 'done')).toMatchObject({ folder: join(folder, 'bob-downloads') })
    expect(readFileSync(join(folder, 'bob-downloads/recipes/soup.txt'), 'utf8')).toBe('onions')
    expect(await ask(bob, `POST /v1/transfers/${offer.id}/refuse`)).toMatchObject({ status: 409 })

    const bytes = Buffer.alloc(3_000_000, 'p2pd')
    const upload = fetch(`${alice.daemon.url}/v1/transfers/upload?target=bob&name=dropped.bin`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: bytes,
    })
    await ask(bob, `POST /v1/transfers/${(await newest(bob, 'offered')).id}/accept`)
    expect(await (await upload).json()).toMatchObject({ state: 'done', stored: 1 })
    expect(readFileSync(join(folder, 'bob-downloads/dropped.bin')).equals(bytes)).toBe(true)

    for (const name of ['..', '../x', 'a/b', '%00']) {
      const path = `${alice.daemon.url}/v1/transfers/upload?target=bob&name=${name}`
      const headers = { 'content-type': 'application/octet-stream' }
      const answer = await fetch(path, { method: 'POST', headers, body: 'x' })
      expect([name, answer.status, await answer.json()]).toMatchObject([
        name,
        400,
        { code: 'TRANSFER_INVALID_ARGUMENT', detail: expect.stringContaining('is not the name of a file') },
      ])
    }

    await owner.request('post /v1/transfers', { body: wish })
    await ask(bob, `POST /v1/transfers/${(await newest(bob, 'offered')).id}/refuse`)
    expect(await newest(alice, 'refused')).toMatchObject({ failure: 'TRANSFER_REFUSED' })
    const { id } = await newest(bob, 'refused')
    expect((await ask(bob, `DELETE /v1/transfers/${id}`)).status).toBe(204)
    expect(await ask(bob, `GET /v1/transfers/${id}`)).toMatchObject({ status: 404 })
  }))

/** A pipe to a peer that offers the service. */
function pipeOf(closed: string[]): PeerPipe {
  return {
    peer: 'bob',
    connection: { strategy: 'direct' },
    stream: new PassThrough(),
    closed: false,
    onClose: () => () => {},
    onPathChange: () => () => {},
    close: async () => void closed.push('pipe'),
  } as unknown as PeerPipe
}

test('a forward that opens while the daemon closes is closed: its port, its pipe and its entry', async () => {
  const closed: string[] = []
  let answer = (_pipe: PeerPipe) => {}
  const node = { connect: () => new Promise<PeerPipe>((resolve) => (answer = resolve)) }
  const changes: string[] = []
  const forwards = new Forwards(node, (change) => changes.push(change))
  const local = { type: 'tcp', host: '127.0.0.1', port: 0 } as const
  const { signal } = new AbortController()
  const opening = forwards.open({ local, target: 'bob', service: 'echo', signal })
  await forwards.closeAll()
  answer(pipeOf(closed))
  const { local: address } = await opening
  expect(changes).toEqual(['opened', 'closed'])
  expect(closed).toEqual(['pipe'])
  expect(forwards.list()).toEqual([])
  const socket = connect(Number(address.split(':')[1]), '127.0.0.1')
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve))
  expect(error.code).toBe('ECONNREFUSED')
})

test('a pairing that its user ends is an event, and in no list', async () => {
  // A broker that never answers.
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const changes: string[] = []
  const pairings = new Pairings({
    id: 'alice',
    brokers: () => [`mqtt://127.0.0.1:${port}`],
    contactsFile: undefined,
    onChange: ({ id, state }) => changes.push(`${id} ${state}`),
  })
  const starting = pairings.start({})
  pairings.cancel('1')
  await expect(starting).rejects.toMatchObject({ code: 'NODE_ABORTED' })
  expect(changes).toEqual(['1 waiting', '1 cancelled'])
  expect(pairings.list()).toEqual([])
  server.close()
})
