import { expect, test } from '@jest/globals'
import { createClient } from '@p2pd/client'
import { unixFetch } from '@p2pd/client/node'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { generatedFiles, keptDocument } from '../client-types/generate.ts'
import { withDaemon } from '../testdata/daemon-stage.ts'

test('D1: the document of @p2pd/client is that of the daemon: `pnpm client` writes it', () =>
  withDaemon(async ({ json }) => {
    expect(keptDocument(await json('/v1/openapi.json'))).toEqual(JSON.parse(generatedFiles().document))
  }))

test("D1: the client's example, with a daemon and without", () =>
  withDaemon(async ({ daemon }) => {
    const root = new URL('../../../../', import.meta.url).pathname
    const example = `${root}packages/client/examples/open-pipe.ts`
    const run = async (url: string) => {
      const env = { ...process.env, P2PD_URL: url, NODE_OPTIONS: '' }
      const args = ['--conditions=@p2pd/source', example]
      return (await promisify(execFile)(`${root}node_modules/.bin/tsx`, args, { env })).stdout
    }
    expect(await run(daemon.url)).toBe('direct: hello\n')
    expect(await run('http://127.0.0.1:9')).toContain('CLIENT_UNREACHABLE')
  }))

test('D1: the client over the Unix socket needs no token; its events follow a call', () =>
  withDaemon(async ({ socket, node }) => {
    const client = createClient({ url: 'http://localhost', fetch: unixFetch(socket) })
    const over = new AbortController()
    const seen = (async () => {
      for await (const event of client.events({ after: 0, signal: over.signal }))
        if (event.type === 'report') return event.peer
      return undefined
    })()
    await client.request('put /v1/pipes/{name}', { path: { name: 'me' }, body: { target: 'self' } })
    expect(await seen).toBe(node.id)
    over.abort()
    const { items } = await client.request('get /v1/pipes')
    expect(items.map(({ name }) => name)).toContain('me')
    const missing = client.request('get /v1/pipes/{name}', { path: { name: 'nobody' } })
    await expect(missing).rejects.toMatchObject({
      code: 'CLIENT_PROBLEM',
      problem: { code: 'DAEMON_NO_PIPE' },
    })
  }))
