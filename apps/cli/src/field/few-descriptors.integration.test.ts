import { expect, test } from '@jest/globals'
import { startInfra } from '@p2pd/infra'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { inFolder, run, writeServers } from '../testdata/run.ts'
import { objectsOf, start } from '../testdata/start-process.ts'

const posix = process.platform === 'win32' ? test.skip : test
const MAX_DESCRIPTORS = 160
const IDLE = 400

/** The port of a listener, from its address' candidates as a pipe shows it. */
function portOf(connected: Record<string, unknown>): number {
  return Number(/:(\d+)$/.exec(connected['remote'] as string)?.[1])
}

posix(
  'I1: fault 12: 400 idle connections to a listener with 160 descriptors: it goes on, and answers calls',
  () =>
    inFolder(async (path) => {
      const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
      const servers = ['--servers', writeServers(path('servers.json'), infra.servers), '--json']
      const listen = ['listen', '--echo', ...servers, '--log-level', 'debug', '--identity', path('bob.pem')]
      const listener = start(listen, { before: `ulimit -n ${MAX_DESCRIPTORS}` })
      const log = text(listener.stderr as NodeJS.ReadableStream)
      const idle: Socket[] = []
      try {
        const next = objectsOf(listener)
        const { id } = await next()
        const call = async () => {
          const me = ['--identity', path('alice.pem'), '--strategies', 'direct', '--send', 'x', '--recv', '1']
          const caller = run(['connect', id as string, ...servers, ...me])
          const connected = await caller.next()
          return { connected, status: await caller.status, why: caller.errors() }
        }
        const { connected } = await call()
        const port = portOf(connected)
        const closed = new Promise<void>((resolve) => {
          let count = 0
          for (let i = 0; i < IDLE; i++) {
            const socket = connect(port, '127.0.0.1').on('error', () => {})
            socket.on('close', () => ++count === IDLE - MAX_DESCRIPTORS / 4 && resolve())
            idle.push(socket.resume())
          }
        })
        await closed // The listener has made room for the later ones.
        // Long enough for the watcher of the NICs to look, which takes a descriptor.
        for (let calls = 0; calls < 3; calls++) expect(await call()).toMatchObject({ status: 0 })
        expect(listener.exitCode).toBeNull()
        listener.kill()
        // A quarter of the descriptors. Without a limit the system would have refused the later ones.
        expect(await log).toContain(`${MAX_DESCRIPTORS / 4} later connections are in handshakes`)
      } finally {
        for (const socket of idle) socket.destroy()
        listener.kill()
        await infra.close()
      }
    }),
  60_000,
)
