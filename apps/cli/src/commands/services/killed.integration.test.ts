import { expect, test } from '@jest/globals'
import { startInfra } from '@p2pd/infra'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { inFolder, writeServers } from '../../testdata/run.ts'
import { objectsOf, start } from '../../testdata/start-process.ts'

type Event = Record<string, unknown>

/** The next event of a kind, of those that `take` gives. */
async function nextOf(take: () => Promise<Event>, kind: string): Promise<Event> {
  for (;;) {
    const event = await take()
    if (event['event'] === kind) return event
  }
}

/** A server that greets, and keeps its connections open. */
async function greeter() {
  const sockets: { destroy(): void }[] = []
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}))
    socket.write('hello')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { port: (server.address() as { port: number }).port, close }
}

const dial = (port: number) => connect({ port, host: '127.0.0.1' })
const firstOf = async (port: number) => {
  const socket = dial(port)
  const [data] = (await once(socket, 'data')) as [Buffer]
  return { socket, said: String(data) }
}

test(
  'H2: the serve of a forward is killed: connections are refused soon, and work again when it is back',
  () =>
    inFolder(async (path) => {
      const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
      const target = await greeter()
      const servers = ['--json', '--servers', writeServers(path('servers.json'), infra.servers)]
      const children: ChildProcess[] = []
      const begin = (user: string, args: readonly string[]) => {
        const child = start([...args, '--identity', path(`${user}.pem`), ...servers], {
          env: { XDG_CONFIG_HOME: path(user), P2PD_PORT_MAPPING: 'off' },
        })
        child.stderr?.resume()
        children.push(child)
        const take = objectsOf(child)
        return { child, next: (kind: string) => nextOf(take, kind) }
      }
      const serve = () => begin('bob', ['serve', `web=127.0.0.1:${target.port}`, '--allow', 'everyone'])
      const first = serve()
      const { id } = await first.next('serving')
      const forward = begin('alice', ['forward', '0', `${String(id)}:web`])

      try {
        const { local } = await forward.next('forwarding')
        const port = Number(String(local).split(':').at(-1))
        const open = await firstOf(port)
        expect(open.said).toBe('hello')

        first.child.kill('SIGKILL')
        await forward.next('suspended')
        const hopeful = text(dial(port)).catch((error: NodeJS.ErrnoException) => error.code)
        const { reason } = await forward.next('lost')
        expect(reason).toBe('the peer does not answer, and new connections are refused')
        expect(await hopeful).toBe('ECONNRESET')
        expect(await text(dial(port)).catch((error: NodeJS.ErrnoException) => error.code)).toBe('ECONNRESET')

        // The session of the killed process is unknown to the next one: what was open is reset then.
        const reset = once(open.socket, 'error')
        serve()
        await forward.next('peer')
        expect(((await reset) as [NodeJS.ErrnoException])[0].code).toBe('ECONNRESET')
        const again = await firstOf(port)
        expect(again.said).toBe('hello')
        again.socket.destroy()
      } finally {
        for (const child of children) child.kill('SIGKILL')
        target.close()
        await infra.close()
      }
    }),
  120_000,
)
