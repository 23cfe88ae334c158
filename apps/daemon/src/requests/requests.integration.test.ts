import { expect, test } from '@jest/globals'
import fastify from 'fastify'
import { connect } from 'node:net'
import { readAll, withDaemon } from '../testdata/daemon-stage.ts'
import { checkBodies } from './json-bodies.ts'
import { problemOf, sendProblem } from '../v1/problem.ts'

/** A request with this content type, and what the daemon answers. */
const asking = (url: string) => async (route: string, body?: string, type?: string) => {
  const [method = '', path = ''] = route.split(' ')
  const headers = type === undefined ? {} : { 'content-type': type }
  const answer = await fetch(url + path, { method, headers, ...(body !== undefined && { body }) })
  const text = await answer.text()
  return {
    status: answer.status,
    allow: answer.headers.get('allow'),
    type: answer.headers.get('content-type'),
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  }
}

test('D1: a known path with another method is 405 with Allow, whatever its body; an unknown path is 404', () =>
  withDaemon(async ({ daemon }) => {
    const ask = asking(daemon.url)
    for (const [route, allow] of [
      ['PATCH /v1/pipes', 'GET, HEAD'],
      ['DELETE /v1/node', 'GET, HEAD'],
      ['POST /v1/pipes/x', 'DELETE, GET, HEAD, PUT'],
      ['PUT /v1/pipes/x/messages', 'GET, HEAD, POST'],
      ['OPTIONS /v1/forwards', 'GET, HEAD, POST'],
      ['POST /metrics', 'GET, HEAD'],
      ['PUT /v1/events?after=1', 'GET, HEAD'],
    ] as const)
      expect([route, await ask(route)]).toMatchObject([
        route,
        {
          status: 405,
          allow,
          type: 'application/problem+json',
          body: { status: 405, code: 'DAEMON_BAD_REQUEST' },
        },
      ])
    expect(await ask('PATCH /v1/pipes', 'x=1', 'application/x-www-form-urlencoded')).toMatchObject({
      status: 405,
    })
    for (const route of ['GET /v1/nothing', 'PATCH /v1/pipes/x/y/z', 'POST /v1'])
      expect([route, await ask(route)]).toMatchObject([
        route,
        { status: 404, allow: null, body: { status: 404 } },
      ])
    // P2PD answers anything else with 404 and its own fields.
    for (const route of ['POST /p2p/open/c/self', 'PUT /version', 'GET /nothing'])
      expect([route, await ask(route, undefined)]).toMatchObject([route, { status: 404, body: { error: 1 } }])
    expect(await ask('GET /v1/pipes/%zz')).toMatchObject({ status: 400, type: 'application/problem+json' })
    expect(await ask('GET /p2p/con/%zz')).toMatchObject({ status: 400, body: { error: 1 } })
  }))

test('D1: no value of a body is converted: the answer names the field', () =>
  withDaemon(async ({ daemon }) => {
    const ask = asking(daemon.url)
    for (const [route, body, detail] of [
      ['PUT /v1/pipes/x', '{"target":5}', 'body/target must be a string, and is an integer'],
      [
        'PUT /v1/pipes/x',
        '{"target":"self","timeoutMs":"500"}',
        'body/timeoutMs must be an integer, and is a string',
      ],
      ['PUT /v1/pipes/x', 'null', 'body must be an object, and is null'],
      ['PUT /v1/pipes/x', '{}', "body must have required property 'target'"],
      ['PUT /v1/contacts/x', '{"target":"self","isBlocked":"no"}', 'body/isBlocked must be true or false'],
      ['PUT /v1/services/x', '{"allow":"ask"}', 'body/allow must be an array, and is a string'],
      ['POST /v1/forwards', '{"local":0,"target":"self","service":"x"}', 'body/local must be a string'],
      ['POST /v1/pairings', '{"code":null}', 'body/code must be a string, and is null'],
      ['POST /v1/transfers', '{"target":"self","files":[1]}', 'body/files/0 must be a string'],
      ['POST /v1/pipes/x/messages', '{"data":"%%%"}', 'body/data must match pattern'],
    ] as const) {
      const answer = await ask(route, body, 'application/json')
      expect([route, body, answer]).toMatchObject([route, body, { status: 400, body: { status: 400 } }])
      expect(answer.body.detail).toContain(detail)
    }
    // A path and a query are text: their numbers are converted.
    expect(await ask('GET /v1/pipes/x/messages?timeoutMs=1')).toMatchObject({ status: 404 })
    expect(await ask('GET /v1/pipes/x/messages?timeoutMs=soon')).toMatchObject({ status: 400 })
  }))

test('D1: a body of another type is 415, and the answer says what to send', () =>
  withDaemon(async ({ daemon }) => {
    const ask = asking(daemon.url)
    const json = 'send it with the header "content-type: application/json"'
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/octet-stream', 'x']) {
      const answer = await ask('PUT /v1/pipes/x', '{"target":"self"}', type)
      expect([type, answer]).toMatchObject([type, { status: 415, body: { code: 'DAEMON_BAD_REQUEST' } }])
      expect(answer.body.detail).toContain(json)
    }
    const upload = await ask('POST /v1/transfers/upload?target=self&name=x', '{}', 'application/json')
    expect(upload).toMatchObject({ status: 415 })
    expect(upload.body.detail).toContain('"content-type: application/octet-stream"')
    // Parameters of the type, and its case, do not matter.
    expect(
      await ask('PUT /v1/pipes/x', '{"target":"self"}', 'Application/JSON; charset=utf-8'),
    ).toMatchObject({
      status: 201,
    })
  }))

test('D1: bytes that are not a request are answered in the words of both APIs', () =>
  withDaemon(async ({ dial }) => {
    for (const [status, bytes] of [
      [431, `GET /version HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`],
      [400, 'BREW /v1/pipes HTTP/1.1\r\nHost: localhost\r\n\r\n'],
      [400, '\x16\x03\x01\x00\x32 a TLS client'],
    ] as const) {
      const [head = '', body = ''] = (await readAll(await dial(bytes))).split('\r\n\r\n')
      expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} .*problem\\+json`, 's'))
      expect(JSON.parse(body)).toMatchObject({ status, error: 1, code: 'DAEMON_BAD_REQUEST' })
    }
  }))

test('D3: a body that does not arrive is given up, and its connection ends', async () => {
  const app = fastify({ forceCloseConnections: true })
  app.setErrorHandler((error, _, reply) => sendProblem(reply, problemOf(error)))
  checkBodies(app, 50)
  const schema = { body: { type: 'object', properties: {} } }
  app.put('/slow', { schema }, () => ({}))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(
    'PUT /slow HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
  )
  expect(await readAll(socket)).toMatch(
    /^HTTP\/1.1 408 .*connection: close.*did not arrive within 0.05 seconds/is,
  )
  await app.close()
})
