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

interface Command {
  readonly child: ChildProcess
  readonly next: (kind: string) => Promise<Event>
}

/** A forward to a service of another process, with a connection that is open. */
interface Stage {
  serve(): Command
  readonly served: Command
  readonly forward: Command
  readonly port: number
  readonly open: Awaited<ReturnType<typeof firstOf>>
}

const onStage = (play: (stage: Stage) => Promise<void>) =>
  inFolder(async (path) => {
    const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
    const target = await greeter()
    const servers = ['--json', '--servers', writeServers(path('servers.json'), infra.servers)]
    const children: ChildProcess[] = []
    const begin = (user: string, args: readonly string[]): Command => {
      const child = start([...args, '--identity', path(`${user}.pem`), ...servers], {
        env: { XDG_CONFIG_HOME: path(user), P2PD_PORT_MAPPING: 'off' },
      })
      child.stderr?.resume()
      children.push(child)
      const take = objectsOf(child)
      return { child, next: (kind: string) => nextOf(take, kind) }
    }
    const serve = () => begin('bob', ['serve', `web=127.0.0.1:${target.port}`, '--allow', 'everyone'])
    try {
      const served = serve()
      const { id } = await served.next('serving')
      const forward = begin('alice', ['forward', '0', `${String(id)}:web`])
      const { local } = await forward.next('forwarding')
      const port = Number(String(local).split(':').at(-1))
      const open = await firstOf(port)
      expect(open.said).toBe('hello')
      await play({ serve, served, forward, port, open })
      open.socket.destroy()
    } finally {
      for (const child of children) child.kill('SIGKILL')
      target.close()
      await infra.close()
    }
  })

/** Everything that arrives on a connection, or the code of the error that ends it. */
const outcomeOf = (port: number) => text(dial(port)).catch((error: NodeJS.ErrnoException) => error.code)
const AWAY = 'the peer does not answer, and new connections are refused'

test(
  'H2: the serve of a forward is killed: connections are refused soon, and work again when it is back',
  () =>
    onStage(async ({ serve, served, forward, port, open }) => {
      served.child.kill('SIGKILL')
      await forward.next('suspended')
      const hopeful = outcomeOf(port)
      expect((await forward.next('lost')).reason).toBe(AWAY)
      expect([await hopeful, await outcomeOf(port)]).toEqual(['ECONNRESET', 'ECONNRESET'])

      // The session of the killed process is unknown to the next one: what was open is reset then.
      const reset = once(open.socket, 'error')
      serve()
      await forward.next('peer')
      expect(((await reset) as [NodeJS.ErrnoException])[0].code).toBe('ECONNRESET')
      const again = await firstOf(port)
      expect(again.said).toBe('hello')
      again.socket.destroy()
    }),
  120_000,
)

test(
  'H2: the serve of a forward falls silent: connections that nobody answers are refused, and those before go on',
  () =>
    onStage(async ({ served, forward, port, open }) => {
      served.child.kill('SIGSTOP')
      // The path is not known to be dead yet, so this one is taken.
      const unanswered = outcomeOf(port)
      expect((await forward.next('lost')).reason).toBe(AWAY)
      expect([await unanswered, await outcomeOf(port)]).toEqual(['ECONNRESET', 'ECONNRESET'])

      served.child.kill('SIGCONT')
      await forward.next('resumed')
      const again = await firstOf(port)
      expect([again.said, open.socket.destroyed]).toEqual(['hello', false])
      again.socket.destroy()
    }),
  120_000,
)
