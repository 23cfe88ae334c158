import type { FastifyInstance } from 'fastify'
import type { DaemonContext } from '../daemon-context.ts'
import { DaemonError } from '../daemon-error.ts'
import { TUNNEL_PROTOCOL } from '../tunnel/tunnel-request.ts'
import { abortedWith } from '../request-signal.ts'
import { P2pdError } from './answer.ts'
import { describeConnection, describeInterface } from './describe.ts'
import { PREFIXES } from './prefixes.ts'
import { pathParts } from './path-parts.ts'

/** Calls of P2PD's clients take as long as those of the command line. */
const CONNECT_TIMEOUT_MS = 30_000

/** The routes about the node and its connections. */
export function addConnectionRoutes(app: FastifyInstance, context: DaemonContext): void {
  const { node, pipes, version } = context
  app.get('/version', () => ({ title: 'P2PD', author: 'Matthew@Roberts.PM', version, error: 0 }))
  app.get('/ifs', async () => ({ ifs: (await context.interfaces()).map(describeInterface), error: 0 }))
  for (const prefix of PREFIXES) {
    const skip = prefix === '' ? 1 : 2
    const describe = async (name: string) => describeConnection(pipes.get(name), await context.interfaces())
    app.get(`${prefix}/addr`, async () => ({ addr: await node.address(), error: 0 }))
    app.get(`${prefix}/open/*`, async (request, reply) => {
      const [name = '', ...target] = pathParts(request.raw.url ?? '').slice(skip)
      if (name === '' || target.length === 0) throw bad('open', '<name>/<address, id, contact or self>')
      const how = { timeoutMs: CONNECT_TIMEOUT_MS, signal: abortedWith(reply.raw) }
      await pipes.open(name, () => node.connect(target.join('/'), how))
      return describe(name)
    })
    for (const word of ['con', 'info']) {
      app.get(`${prefix}/${word}/*`, (request) => describe(nameIn(request.raw.url, skip)))
    }
    for (const word of ['pipe', 'tunnel']) {
      app.get(`${prefix}/${word}/*`, (_, reply) => {
        const msg = 'a tunnel is the first request of its connection, or has the header Upgrade: p2pd'
        return reply.code(426).header('upgrade', TUNNEL_PROTOCOL).send({ error: P2pdError.NotFound, msg })
      })
    }
    app.get(`${prefix}/close/*`, async (request) => {
      const name = nameIn(request.raw.url, skip)
      await pipes.close(name)
      return { closed: name, error: 0 }
    })
  }
}

/** The name that is all of the path's rest. */
function nameIn(url: string | undefined, skip: number): string {
  return pathParts(url ?? '')
    .slice(skip)
    .join('/')
}

function bad(route: string, rest: string): DaemonError {
  return new DaemonError('DAEMON_BAD_REQUEST', `the path is /p2p/${route}/${rest}`)
}
