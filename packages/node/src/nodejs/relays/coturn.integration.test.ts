import { createHash, randomBytes } from 'node:crypto'
import { expect } from '@jest/globals'
import { startInfra } from '@p2pd/infra'
import { systemClock, systemNetwork, systemRandom } from '@p2pd/netif/node'
import type { Node, PeerPipe, TurnServer } from '@p2pd/node'
import { freePort, startCoturn, testWithCoturn } from '@p2pd/turn/testing'
import { nextPipe, Stage } from '../../testdata/nodes.ts'
import { relayOpener } from './relay-opener.ts'

/** A server of a mode: its flags, and the transport by which nodes reach it. */
interface Mode {
  readonly flags?: readonly string[]
  readonly transport?: 'udp' | 'tcp'
  readonly secret?: string
  /** How often a pipe has to be opened. */
  readonly pipes?: number
  /** Milliseconds between two pipes. */
  readonly idleMs?: number
}

const MODES: Readonly<Record<string, Mode>> = {
  'TCP allocations': {},
  'UDP allocations over UDP': { transport: 'udp' },
  'no TCP relay': { flags: ['--no-tcp-relay'] },
  'a nonce that is stale after 3 s': { flags: ['--stale-nonce=3'], pipes: 2, idleMs: 3_500 },
  'a quota of two': { flags: ['--user-quota=2'], pipes: 2 },
  'IPv4 only': { flags: ['-E', '127.0.0.1'] },
  'time-limited credentials': {
    flags: ['--use-auth-secret', '--static-auth-secret=S'],
    secret: 'S',
  },
}

async function twoNodes(stage: Stage, turn: readonly TurnServer[]): Promise<readonly [Node, Node]> {
  const infra = await startInfra({ hosts: ['127.0.0.1'], mqttPort: 0, stunPort: 0 })
  stage.endWith(() => infra.close())
  const servers = { ...infra.servers, turn: [...turn] }
  const nodes = [await stage.node([], { servers }), await stage.node([], { servers })] as const
  await Promise.all(nodes.map((node) => node.ready()))
  return nodes
}

/** Sends a megabyte and closes at once: coturn drops what is queued at the end, so the session's end has to decide. */
async function expectNothingLost([from, to]: readonly [PeerPipe, PeerPipe]): Promise<void> {
  const sent = randomBytes(1024 * 1024)
  const sending = from.send(sent).then(() => from.close())
  const hash = createHash('sha256')
  for (let left = sent.length; left > 0; ) {
    const { data } = await to.recv({ timeoutMs: 20_000 })
    hash.update(data)
    left -= data.length
  }
  await sending
  expect(hash.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'))
}

async function relayOnce([alice, bob]: readonly [Node, Node]): Promise<void> {
  const accepted = nextPipe(bob)
  const pipe = await alice.connect(bob.id, { relay: 'only' })
  expect(pipe.connection).toMatchObject({ strategy: 'relay', encrypted: true })
  await expectNothingLost([pipe, await accepted])
}

for (const [name, { flags = [], transport = 'tcp', secret, pipes = 1, idleMs = 0 }] of Object.entries(
  MODES,
)) {
  testWithCoturn(`A9: coturn, ${name}: a pipe loses nothing, not even its tail`, () =>
    Stage.run(async (stage) => {
      const coturn = await startCoturn(flags, { withUser: secret === undefined })
      stage.endWith(() => coturn.stop())
      const uri = `turn:127.0.0.1:${coturn.port}?transport=${transport}`
      const server = secret === undefined ? { uri, username: 'u', credential: 'p' } : { uri, secret }
      const nodes = await twoNodes(stage, [server])
      for (let count = 0; count < pipes; count++) {
        if (count > 0) await new Promise((resolve) => setTimeout(resolve, idleMs))
        await relayOnce(nodes)
      }
    }),
  )
}

testWithCoturn('A9: coturn names another server: the pipe goes through that one', () =>
  Stage.run(async (stage) => {
    const other = await startCoturn([], { port: await freePort('127.0.0.2'), ip: '127.0.0.2' })
    stage.endWith(() => other.stop())
    const first = await startCoturn([`--alternate-server=127.0.0.2:${other.port}`])
    stage.endWith(() => first.stop())
    const uri = `turn:127.0.0.1:${first.port}?transport=udp`
    await relayOnce(await twoNodes(stage, [{ uri, username: 'u', credential: 'p' }]))
  }),
)

testWithCoturn('A9: coturn refuses a dual allocation with 440: one address will do', async () => {
  const coturn = await startCoturn(['--external-ip=192.0.2.7'])
  const uri = `turn:127.0.0.1:${coturn.port}?transport=tcp`
  const runtime = { network: systemNetwork, clock: systemClock, random: systemRandom }
  const opener = relayOpener([{ uri, username: 'u', credential: 'p' }], runtime)
  const relay = await opener?.open(new AbortController().signal)
  expect(relay?.relayed.map(({ ip }) => ip)).toEqual(['192.0.2.7'])
  await relay?.release()
  await coturn.stop()
})

testWithCoturn('A9: coturn is killed and started again in mid-transfer', () =>
  Stage.run(async (stage) => {
    const first = await startCoturn()
    const { port } = first
    const uri = `turn:127.0.0.1:${port}?transport=tcp`
    const [alice, bob] = await twoNodes(stage, [{ uri, username: 'u', credential: 'p' }])
    const accepted = nextPipe(bob)
    const near = await alice.connect(bob.id, { relay: 'only' })
    const far = await accepted
    await near.send('x')
    await far.recv({ timeoutMs: 5000 })
    await first.stop()
    const second = await startCoturn([], { port })
    stage.endWith(() => second.stop())
    await expectNothingLost([near, far])
  }),
)
