import { expect, test } from '@jest/globals'
import { createClient } from './client.ts'
import { ClientError } from './client-error.ts'
import type { Fetch, FetchRequest, FetchResponse } from './fetch.ts'

const answer = (status: number, text: string): FetchResponse => ({
  status,
  headers: { get: () => null },
  text: async () => text,
  body: {
    getReader: () => {
      const pieces = [new TextEncoder().encode(text)]
      return {
        read: async () => {
          const value = pieces.shift()
          return { done: value === undefined, value }
        },
        cancel: async () => {},
      }
    },
  },
})

/** A daemon that gives one answer, and the requests that it gets. */
function fake(response: FetchResponse) {
  const requests: (FetchRequest & { url: string })[] = []
  const fetch: Fetch = async (url, request) => {
    requests.push({ url, ...request })
    return response
  }
  return { requests, client: createClient({ url: 'http://127.0.0.1:1/', token: 't', fetch }) }
}

test('a request has its path, query, body and token', async () => {
  const { client, requests } = fake(answer(200, '{"sent":2}'))
  const path = { name: 'a/b é' }
  const sent = await client.request('post /v1/pipes/{name}/messages', {
    path,
    body: { text: 'hi' },
    idempotencyKey: 'k',
  })
  expect(sent).toEqual({ sent: 2 })
  await client.request('get /v1/pipes/{name}/messages', { path, query: { timeoutMs: 5, match: '^a&b$' } })
  const [post, get] = requests
  expect(post).toMatchObject({
    url: 'http://127.0.0.1:1/v1/pipes/a%2Fb%20%C3%A9/messages',
    method: 'POST',
    body: '{"text":"hi"}',
    headers: { authorization: 'Bearer t', 'content-type': 'application/json', 'idempotency-key': 'k' },
  })
  expect(get?.url).toMatch(/messages\?timeoutMs=5&match=%5Ea%26b%24$/)
  expect(get?.headers['content-type']).toBeUndefined()
})

test('an answer without content is undefined', async () => {
  const { client } = fake(answer(204, ''))
  expect(await client.request('delete /v1/pipes/{name}', { path: { name: 'x' } })).toBeUndefined()
})

/** The error of a request. */
async function failure(fetch: Fetch, signal?: AbortSignal): Promise<ClientError> {
  const request = createClient({ fetch }).request('get /v1/node', signal && { signal })
  const error: unknown = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ClientError)
  return error as ClientError
}

test('each failure has a code', async () => {
  const problem = {
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: 'none',
    code: 'DAEMON_NO_PIPE',
  }
  expect(await failure(async () => answer(404, JSON.stringify(problem)))).toMatchObject({
    code: 'CLIENT_PROBLEM',
    message: 'none',
    problem,
  })
  for (const response of [
    answer(500, '{}'),
    answer(200, '<html>'),
    answer(500, '<html>'),
    answer(400, 'null'),
  ])
    expect(await failure(async () => response)).toMatchObject({ code: 'CLIENT_MALFORMED' })
  const refuses = () => Promise.reject(new TypeError('fetch failed'))
  expect(await failure(refuses)).toMatchObject({ code: 'CLIENT_UNREACHABLE' })
  expect(await failure(refuses, AbortSignal.abort())).toMatchObject({ code: 'CLIENT_ABORTED' })
})

test('events are read to the end of the stream, after the one that was last seen', async () => {
  const { client, requests } = fake(
    answer(200, ': connected\n\nid: 3\nevent: report\ndata: {"id":3,"type":"report"}\n\n'),
  )
  const types = []
  for await (const event of client.events({ after: 2 })) types.push(event.type)
  expect(types).toEqual(['report'])
  expect(requests[0]?.headers['last-event-id']).toBe('2')
})
