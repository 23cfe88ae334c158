import { expect, test } from '@jest/globals'
import { startMqttBroker } from '@p2pd/infra'
import { createClient, type Transfer } from '@p2pd/client'
import { unixFetch } from '@p2pd/client/node'
import type { ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { inFolder, writeServers } from '../../testdata/run.ts'
import { objectsOf, start } from '../../testdata/start-process.ts'

/** Enough to be killed in the midst of it. */
const FILE_BYTES = 6_000_000
const RATE = 3_000_000
const PATIENCE_MS = 25_000

/** A daemon in a separate process, with a client over its Unix socket. */
async function daemonIn(config: string, servers: string) {
  mkdirSync(config, { recursive: true })
  const args = ['daemon', '--json', '--port', '0', '--servers', servers, '--downloads', `${config}/downloads`]
  const child = start(args, { env: { XDG_CONFIG_HOME: config, P2PD_PORT_MAPPING: 'off' } })
  let said = ''
  child.stderr?.on('data', (piece: Buffer) => void (said += piece.toString()))
  const { socket } = await objectsOf(child)()
  const client = createClient({ url: 'http://localhost', fetch: unixFetch(String(socket)) })
  const { id } = await client.request('get /v1/node')
  return { child, client, id, said: () => said }
}

type Daemon = Awaited<ReturnType<typeof daemonIn>>

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal)
  await once(child, 'exit')
}

async function eventually<T>(read: () => Promise<T>, isWanted: (value: T) => boolean): Promise<T> {
  for (const end = performance.now() + PATIENCE_MS; ; ) {
    const value = await read()
    if (isWanted(value)) return value
    if (performance.now() > end) throw new Error(`still ${JSON.stringify(value)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const newest = async ({ client }: Daemon, isWanted: (transfer: Transfer) => boolean) => {
  const read = async () => (await client.request('get /v1/transfers')).items
  const [first] = await eventually(read, ([transfer]) => transfer !== undefined && isWanted(transfer))
  return first as Transfer
}

/** Waits until a daemon has these brokers, no others, and they are up. */
const brokersOf = ({ client }: Daemon, urls: readonly string[]) =>
  eventually(
    async () => (await client.request('get /v1/brokers')).items,
    (items) =>
      items.map(({ url, state }) => `${url} ${state}`).join() === urls.map((url) => `${url} up`).join(),
  )

/** Waits until a daemon has refused files so often. */
const refusals = ({ said }: Daemon, count: number) =>
  eventually(
    async () => said().split('"msg":"not-reloaded"').length - 1,
    (found) => found === count,
  )

const hasMoved = (bytes: number) => (transfer: Transfer) => (transfer.progress?.bytes ?? 0) > bytes

test(
  'H3, D4: daemons that are killed lose no identity, no contact and no part of a file; SIGHUP reads files, a bad one changes nothing',
  () =>
    inFolder(async (path) => {
      const broker = await startMqttBroker({ hosts: ['127.0.0.1'], port: 0 })
      const servers = writeServers(path('servers.json'), { stun: [], turn: [], mqtt: broker.urls })
      const open = (name: string) => daemonIn(path(name), servers)
      let [alice, bob] = await Promise.all([open('alice'), open('bob')])
      const [aliceId, bobId] = [alice.id, bob.id]
      await alice.client.request('put /v1/contacts/{name}', {
        path: { name: 'bob' },
        body: { target: bobId },
      })
      await bob.client.request('put /v1/contacts/{name}', {
        path: { name: 'alice' },
        body: { target: aliceId },
      })

      writeFileSync(path('bob/p2pd/daemon.json'), '{"logLevel":"debug"}')
      bob.child.kill('SIGHUP')
      await eventually(
        async () => bob.said(),
        (text) => text.includes('"msg":"reloaded"'),
      )
      // Both move to another broker: what follows goes by that one.
      const other = await startMqttBroker({ hosts: ['127.0.0.1'], port: 0 })
      writeServers(servers, { stun: [], turn: [], mqtt: other.urls })
      for (const daemon of [alice, bob]) {
        daemon.child.kill('SIGHUP')
        await brokersOf(daemon, other.urls)
      }
      await broker.close()
      const contacts = readFileSync(path('bob/p2pd/contacts.json'))
      writeFileSync(path('bob/p2pd/contacts.json'), '{')
      bob.child.kill('SIGHUP')
      await refusals(bob, 1)
      writeFileSync(path('bob/p2pd/contacts.json'), contacts)
      writeFileSync(servers, '{"mqtt":["http://x"]}')
      bob.child.kill('SIGHUP')
      await refusals(bob, 2)
      await brokersOf(bob, other.urls)
      writeServers(servers, { stun: [], turn: [], mqtt: other.urls })

      const bytes = randomBytes(FILE_BYTES)
      writeFileSync(path('film.bin'), bytes)
      const body = { target: 'bob', files: [path('film.bin')], bytesPerSecond: RATE }
      await alice.client.request('post /v1/transfers', { body })
      // The contacts are in force: a stranger could not even offer.
      const { id } = await newest(bob, ({ state }) => state === 'offered')
      await bob.client.request('post /v1/transfers/{id}/accept', { path: { id } })
      await newest(bob, hasMoved(1_000_000))
      await kill(bob.child, 'SIGKILL')
      bob = await open('bob')
      expect(bob.id).toBe(bobId)
      // Nobody is asked a second time.
      await newest(bob, ({ resumedBytes }) => resumedBytes > 0)
      await kill(alice.child, 'SIGKILL')
      alice = await open('alice')
      expect(alice.id).toBe(aliceId)
      expect((await alice.client.request('get /v1/contacts')).items).toMatchObject([{ name: 'bob' }])
      await newest(alice, ({ state }) => state === 'done')
      const hash = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')
      expect(hash(readFileSync(path('bob/downloads/film.bin')))).toBe(hash(bytes))
      await Promise.all([kill(alice.child, 'SIGTERM'), kill(bob.child, 'SIGTERM')])
      // The last line is there, though the process ended at once.
      expect(bob.said().trimEnd().split('\n').at(-1)).toContain('"msg":"stopping"')
      await other.close()
    }),
  180_000,
)
