import { expect, test } from '@jest/globals'
import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { Stage } from '../../../testdata/nodes.ts'
import { parseEndpoint, parseServed } from '../endpoint.ts'
import { serveEndpoints } from '../serve-endpoints.ts'
import { listenSocks } from './listen-socks.ts'
import { ServiceLinks } from './service-links.ts'
import { servicesOf } from './socks-message.ts'

/** A proxy to a peer that serves one web server by these names; its port. */
async function proxyTo(stage: Stage, names: readonly string[]): Promise<number> {
  const server = createServer((request, response) => response.end(`you asked ${request.headers.host}`))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stage.endWith(async () => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as { port: number }
  const [caller, callee] = [await stage.node([]), await stage.node([], { admit: () => true })]
  serveEndpoints(
    callee,
    names.map((name) => ({ ...parseServed(`127.0.0.1:${port}`), name })),
  )
  const links = new ServiceLinks({ node: caller, target: await callee.address() })
  stage.endWith(() => links.close())
  const listener = await listenSocks(parseEndpoint('0'), (to) => links.openStream(servicesOf(to, 'home')))
  stage.endWith(async () => listener.close())
  return 'port' in listener.local ? listener.local.port : 0
}

const curlIsMissing = spawnSync('curl', ['--version']).error !== undefined
const withCurl = curlIsMissing ? test.skip : test

/** The exit status of curl and what it printed. 97 is a proxy that refuses. */
const curl = (...args: string[]) =>
  new Promise<[status: number, said: string]>((resolve) => {
    execFile('curl', ['--silent', '--max-time', '20', ...args], (error, said) =>
      resolve([Number(error?.code ?? 0), said]),
    )
  })

withCurl(
  `H2: curl reaches names and addresses of either family by the proxy, and nothing that is not served${curlIsMissing ? ' (skipped: curl is not installed)' : ''}`,
  () =>
    Stage.run(async (stage) => {
      const port = await proxyTo(stage, ['web', '8080', '[fd00::1]:8080', '10.0.0.5:80'])
      const proxy = ['--socks5-hostname', `127.0.0.1:${port}`]
      for (const host of ['web', 'home:8080', 'localhost:8080', '[::1]:8080', '[fd00::1]:8080', '10.0.0.5'])
        expect([host, ...(await curl(...proxy, `http://${host}/`))]).toEqual([host, 0, `you asked ${host}`])
      for (const host of ['other', 'example.org', '[fd00::2]:8080', '10.0.0.5:81'])
        expect([host, ...(await curl(...proxy, `http://${host}/`))]).toEqual([host, 97, ''])
    }),
)

test.each([
  ['BIND', 2],
  ['UDP ASSOCIATE', 3],
])('H2: %s is refused by its own code, and the connection ends. RFC 1928 §6', (_, command) =>
  Stage.run(async (stage) => {
    const port = await proxyTo(stage, ['web'])
    const client = connect(port, '127.0.0.1')
    stage.endWith(async () => void client.destroy())
    client.write(Uint8Array.of(5, 1, 0, 5, command, 0, 1, 0, 0, 0, 0, 0, 0))
    const answer = Buffer.from(await text(client), 'latin1')
    expect([...answer]).toEqual([5, 0, 5, 7, 0, 1, 0, 0, 0, 0, 0, 0])
  }),
)
