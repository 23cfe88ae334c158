import { expect, test } from '@jest/globals'
import { createIdentity, startNode } from '@p2pd/node/node'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Stage, withDaemon } from '../testdata/daemon-stage.ts'

const json = (method: string, body: object, headers: Record<string, string> = {}) => ({
  method,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...headers },
})

test('D1: /v1: a pipe is opened once, used and closed, with statuses that mean what they say', () =>
  withDaemon(async ({ daemon, json: read }) => {
    const at = `${daemon.url}/v1/pipes/${encodeURIComponent('a/b é')}`
    const opened = await fetch(at, json('PUT', { target: 'self' }))
    expect(opened.status).toBe(201)
    expect(await opened.json()).toMatchObject({
      name: 'a/b é',
      strategy: 'direct',
      direction: 'out',
      encrypted: true,
    })
    expect((await fetch(at, json('PUT', { target: 'self', later: true }))).status).toBe(200)
    expect((await fetch(at, json('PUT', { target: 'other' }))).status).toBe(409)
    const { items } = await read('/v1/pipes')
    expect((items as { direction: string }[]).map(({ direction }) => direction).sort()).toEqual(['in', 'out'])
    for (const times of [1, 2]) {
      const sent = await fetch(
        `${at}/messages`,
        json('POST', { text: 'ECHO once' }, { 'idempotency-key': 'k' }),
      )
      expect([times, await sent.json()]).toEqual([times, { sent: 9 }])
    }
    const taken = await fetch(`${at}/messages?timeoutMs=5000&match=%5Eonce%24`)
    expect(await taken.json()).toMatchObject({ text: 'once', data: 'b25jZQ==' })
    expect((await fetch(`${at}/messages`)).status).toBe(204)
    expect((await fetch(at, { method: 'DELETE' })).status).toBe(204)
    const gone = await fetch(at)
    expect(gone.status).toBe(404)
    expect(gone.headers.get('content-type')).toContain('application/problem+json')
    expect(await gone.json()).toMatchObject({ status: 404, code: 'DAEMON_NO_PIPE', title: 'Not Found' })
  }))

test('D1: /v1: problems carry the codes of the library', () =>
  withDaemon(async ({ daemon }) => {
    const put = async (body: object) => {
      const answer = await fetch(`${daemon.url}/v1/pipes/x`, json('PUT', body))
      const { code } = (await answer.json()) as { code: string }
      return [answer.status, code]
    }
    expect(await put({ target: 'a'.repeat(56) })).toEqual([400, 'NODE_BAD_ID'])
    expect(await put({ target: 'self', strategies: ['teleport'] })).toEqual([400, 'DAEMON_BAD_REQUEST'])
    expect(await put({})).toEqual([400, 'DAEMON_BAD_REQUEST'])
    const large = await fetch(`${daemon.url}/v1/pipes/x`, json('PUT', { target: 'x'.repeat(2_000_000) }))
    expect(large.status).toBe(413)
    const form = await fetch(`${daemon.url}/v1/pipes/x`, {
      method: 'PUT',
      body: new URLSearchParams('target=self'),
    })
    expect([form.status, await form.json()]).toMatchObject([
      415,
      { detail: 'the body must be JSON: send it with the header "content-type: application/json"' },
    ])
  }))

test('D1: /v1: node, candidates, interfaces, reports, contacts, health, metrics', () =>
  withDaemon(async ({ daemon, json: read, node, folder }) => {
    expect(await read('/v1/node')).toMatchObject({ id: node.id, pid: process.pid, url: daemon.url })
    expect(await read('/v1/candidates')).toMatchObject({ items: expect.any(Array) })
    expect(await read('/v1/nat-reports')).toMatchObject({ items: expect.any(Array) })
    expect(await read('/v1/interfaces')).toMatchObject({ items: expect.any(Array) })
    await read('/p2p/open/c/self')
    const { items } = await read('/v1/reports')
    expect(items).toMatchObject([{ peer: node.id }])
    expect(JSON.stringify(items)).toContain('"outcome":"won"')
    await withDaemon(
      async (other) => {
        const put = await fetch(`${other.daemon.url}/v1/contacts/bob`, json('PUT', { target: node.id }))
        expect(put.status).toBe(200)
        expect(await other.json('/v1/contacts')).toEqual({ items: [{ name: 'bob', target: node.id }] })
        const bad = await fetch(`${other.daemon.url}/v1/contacts/eve`, json('PUT', { target: '?' }))
        expect(bad.status).toBe(400)
        expect((await fetch(`${other.daemon.url}/v1/contacts/bob`, { method: 'DELETE' })).status).toBe(204)
      },
      { contactsFile: join(folder, 'contacts.json') },
    )
    expect((await fetch(`${daemon.url}/healthz`)).status).toBe(204)
    expect((await fetch(`${daemon.url}/readyz`)).status).toBe(503)
    const metrics = await (await fetch(`${daemon.url}/metrics`)).text()
    expect(metrics).toMatch(/p2pd_connect_attempts_total\{strategy="direct",outcome="won"\} 1/)
    expect(metrics).toMatch(/p2pd_pipes\{path="direct"\} 2/)
    expect(metrics).not.toContain(node.id)
  }))

test('D1: /v1/openapi.json describes each route and its schemas', () =>
  withDaemon(async ({ json: read }) => {
    const document = await read('/v1/openapi.json')
    expect(document.openapi).toBe('3.1.0')
    const paths = document.paths as Record<string, Record<string, { responses: object }>>
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/v1/pipes/{name}', '/v1/events', '/v1/contacts']),
    )
    expect(Object.keys(paths['/v1/pipes/{name}'] ?? {}).sort()).toEqual(['delete', 'get', 'put'])
    expect(paths['/v1/pipes']?.get?.responses).toMatchObject({ 200: {}, '4XX': {}, '5XX': {} })
  }))

test('D1: the document has no fault that a linter reports', () =>
  withDaemon(async ({ json: read }) => {
    const document = (await read('/v1/openapi.json')) as unknown as OpenApiDocument
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([verb, operation]) => ({ path, verb, ...operation })),
    )
    const ids = operations.map(({ operationId }) => operationId)
    expect(ids).toEqual([...new Set(ids)])
    for (const { path, verb, summary, parameters, responses } of operations) {
      const named = [...path.matchAll(/{(\w+)}/g)].map(([, name]) => name)
      const declared = parameters.filter((one) => one.in === 'path').map(({ name }) => name)
      expect([verb, path, new Set(declared), Boolean(summary)]).toEqual([verb, path, new Set(named), true])
      expect(Object.keys(responses)).toEqual(expect.arrayContaining([expect.stringMatching(/^2/), '4XX']))
    }
    const references = JSON.stringify(document).match(/(?<="#\/components\/schemas\/)\w+/g) ?? []
    expect(references.filter((name) => !(name in document.components.schemas))).toEqual([])
    const events = document.paths['/v1/events']?.get?.responses['200'] as { content: object }
    expect(Object.keys(events.content)).toEqual(['text/event-stream'])
  }))

interface OpenApiDocument {
  readonly paths: Record<
    string,
    Record<
      string,
      {
        readonly operationId: string
        readonly summary?: string
        readonly parameters: readonly { readonly in: string; readonly name: string }[]
        readonly responses: Record<string, object>
      }
    >
  >
  readonly components: { readonly schemas: object }
}

test('H1: /v1/services and /v1/waiting: a service is offered, and a caller refused and blocked', async () => {
  const servers = { stun: [], turn: [], mqtt: [] }
  const admit = () => new Promise<boolean>(() => {})
  const node = await startNode({ servers, identity: createIdentity(), admit })
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-waiting-'))
  await withDaemon(
    async ({ daemon, json: read }) => {
      const service = `${daemon.url}/v1/services/greeting`
      const put = async () => (await fetch(service, { method: 'PUT' })).status
      expect([await put(), await put()]).toEqual([201, 200])
      await withDaemon(async (caller) => {
        const body = { target: await node.address(), service: 'greeting' }
        const calling = fetch(`${caller.daemon.url}/v1/pipes/x`, json('PUT', body))
        let waiting: { id: string; peer: string; service: string }[] = []
        while (waiting.length === 0) waiting = (await read('/v1/waiting')).items as typeof waiting
        expect(waiting).toMatchObject([{ peer: caller.node.id, service: 'greeting' }])
        const decide = (what: string) =>
          fetch(`${daemon.url}/v1/waiting/${waiting[0]?.id}/${what}`, json('POST', { remember: 'eve' }))
        expect((await decide('refuse')).status).toBe(204)
        const refused = await calling
        expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
          403,
          'NODE_SERVICE',
        ])
        expect(await (await decide('accept')).json()).toMatchObject({ code: 'DAEMON_NO_CALLER' })
        expect(await read('/v1/contacts')).toMatchObject({ items: [{ name: 'eve', isBlocked: true }] })
      })
      const remove = async () => (await fetch(service, { method: 'DELETE' })).status
      expect([await remove(), await remove()]).toEqual([204, 404])
    },
    { node, contactsFile: join(folder, 'contacts.json') },
  )
  rmSync(folder, { recursive: true })
})

/** Reads server-sent events until one of this type comes. */
async function eventsUntil({ port }: Stage, type: string, after?: number): Promise<string> {
  const headers = after === undefined ? {} : { 'last-event-id': String(after) }
  const asking = get({ port, path: '/v1/events', headers })
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  let text = ''
  for await (const piece of response) {
    text += String(piece)
    if (text.includes(`event: ${type}\n`)) break
  }
  asking.destroy()
  return text
}

test('D1: /v1/events has numbers and replays what was missed', () =>
  withDaemon(async (stage) => {
    const waiting = eventsUntil(stage, 'report', 0)
    await stage.json('/p2p/open/c/self')
    expect(await waiting).toMatch(/id: \d+\nevent: report\ndata: \{.*"strategy":"direct"/)
    expect(await eventsUntil(stage, 'report', 0)).toContain('event: pipe-opened')
    expect(await eventsUntil(stage, 'gap', 4711)).toContain('event: gap')
  }))
