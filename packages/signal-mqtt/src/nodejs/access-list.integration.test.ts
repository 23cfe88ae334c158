import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { systemClock, systemRandom } from '@p2pd/netif/node'
import { deliveryFault } from '../brokers/delivery-fault.ts'
import { messageTopic, recordTopic } from '../envelope/topic.ts'
import { closeAll } from '../testdata/open-signals.ts'
import { mosquittoMissing, startMosquitto } from '../testdata/real-brokers.ts'
import { callWhile, openCaller } from '../testdata/steady-calls.ts'
import { mqttConnector } from './mqtt-connector.ts'
import { identityFromSeed, nodeCrypto } from './node-crypto.ts'
import { openSignal } from './open-signal.ts'

const runtime = { clock: systemClock, random: systemRandom }
const withMosquitto = mosquittoMissing === undefined ? test : test.skip

/** Runs something with a Mosquitto that has this access list. */
async function withAcl(lines: string, run: (url: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'p2pd-acl-'))
  await writeFile(join(folder, 'acl'), lines)
  // Started by root it would be another user, who cannot read the file.
  const broker = await startMosquitto(['user root', `acl_file ${join(folder, 'acl')}`])
  try {
    await run(broker.url)
  } finally {
    await broker.close()
    await rm(folder, { recursive: true })
  }
}

/** The fault of a new connection, and that of a node which waits until its broker is down. */
async function faultsAt(url: string): Promise<readonly [string | undefined, string | undefined]> {
  const connection = await mqttConnector()(url, new AbortController().signal)
  const fault = await deliveryFault(connection, runtime)
  await connection.close()
  let fell = (_: string | undefined) => {}
  const down = new Promise<string | undefined>((resolve) => {
    fell = resolve
  })
  const identity = identityFromSeed(systemRandom(32))
  const signal = openSignal({
    brokers: [url],
    identity,
    onBroker: ({ state, reason }) => void (state === 'down' && fell(reason)),
  })
  await signal.ready()
  await signal.records.publish(Uint8Array.of(1))
  const record = await signal.records.fetch(identity.publicKey)
  const found = record === undefined ? await down : undefined
  await signal.close()
  return [fault, found]
}

withMosquitto('I1: an access list without the right to read: the broker counts as down, and says why', () =>
  withAcl('topic write p2pd/1/#\n', async (url) => {
    const delivers = expect.stringMatching(/^it confirms messages and delivers none: its access list/)
    expect(await faultsAt(url)).toEqual([delivers, delivers])
  }),
)

withMosquitto('I1: an access list without the right to write: the same', () =>
  withAcl('topic read p2pd/1/#\n', async (url) => {
    const takes = expect.stringMatching(/^it takes no message \(.*Not authorized\): its access list/)
    expect(await faultsAt(url)).toEqual([takes, takes])
  }),
)

withMosquitto('an access list that lets messages pass, records or not: the broker serves', async () => {
  await withAcl('topic readwrite p2pd/1/#\n', async (url) => {
    expect(await faultsAt(url)).toEqual([undefined, undefined])
  })
})

withMosquitto('I1: a broker that takes short messages only: refused at once, and said', async () => {
  const broker = await startMosquitto(['message_size_limit 400'])
  const ended: string[] = []
  try {
    const connection = await mqttConnector()(broker.url, new AbortController().signal)
    connection.onEnd((reason) => void ended.push(reason))
    const refused = 'it refuses a message (Packet too large): its limit for the size of messages'
    await expect(connection.publish('p2pd/1/m/a', new Uint8Array(600))).rejects.toThrow(refused)
    expect(ended).toEqual([expect.stringContaining(refused)])
    await connection.close()
  } finally {
    await broker.close()
  }
})

/** The lines of docs/brokers.md: a user reads its own messages alone, and writes its own record alone. */
function ownTopicsAlone(users: Readonly<Record<string, Uint8Array>>): string {
  const ofUsers = Object.entries(users).flatMap(([user, publicKey]) => [
    `user ${user}`,
    `topic read ${messageTopic(nodeCrypto, publicKey)}`,
    `topic readwrite ${recordTopic(nodeCrypto, publicKey)}`,
  ])
  return ['pattern write p2pd/1/m/+', 'pattern read p2pd/1/r/+', ...ofUsers, ''].join('\n')
}

withMosquitto(
  'an access list of own topics alone: nodes call each other, and nobody reads along',
  async () => {
    const keyOf = (seed: number) => identityFromSeed(new Uint8Array(32).fill(seed)).publicKey
    const users = { alice: keyOf(1), bob: keyOf(2), eve: keyOf(3) }
    await withAcl(ownTopicsAlone(users), async (url) => {
      const as = (user: string) => url.replace('mqtt://', `mqtt://${user}@`)
      try {
        const callers = await Promise.all(
          Object.keys(users).map((user, index) => openCaller(index + 1, [as(user)])),
        )
        const [alice, bob] = callers
        const eve = await mqttConnector()(as('eve'), new AbortController().signal)
        let overheard = 0
        await eve.subscribe(messageTopic(nodeCrypto, users.alice), () => overheard++).catch(() => {})
        await alice?.signal.records.publish(Uint8Array.of(7))
        expect((await bob?.signal.records.fetch(users.alice))?.body).toEqual(Uint8Array.of(7))
        const junk = eve.publish(recordTopic(nodeCrypto, users.alice), Uint8Array.of(0), { retain: true })
        await junk.catch(() => {})
        expect((await bob?.signal.records.fetch(users.alice))?.body).toEqual(Uint8Array.of(7))
        expect(await callWhile(callers, async () => {})).toEqual({ made: expect.any(Number), failed: [] })
        // A broker keeps the order on one connection: anything overheard would be there before this.
        let own = () => {}
        const heard = new Promise<void>((resolve) => (own = resolve))
        await eve.subscribe(messageTopic(nodeCrypto, users.eve), () => own())
        await eve.publish(messageTopic(nodeCrypto, users.eve), Uint8Array.of(1))
        await heard
        expect(overheard).toBe(0)
        await eve.close()
      } finally {
        await closeAll()
      }
    })
  },
)
