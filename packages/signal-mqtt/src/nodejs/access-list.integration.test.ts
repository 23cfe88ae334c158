import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { systemClock, systemRandom } from '@p2pd/netif/node'
import { deliveryFault } from '../brokers/delivery-fault.ts'
import { mosquittoMissing, startMosquitto } from '../testdata/real-brokers.ts'
import { mqttConnector } from './mqtt-connector.ts'
import { identityFromSeed } from './node-crypto.ts'
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
    const refused = 'it refuses a message (Invalid puback reason code): its limit for the size of messages'
    await expect(connection.publish('p2pd/1/m/a', new Uint8Array(600))).rejects.toThrow(refused)
    expect(ended).toEqual([expect.stringContaining(refused)])
    await connection.close()
  } finally {
    await broker.close()
  }
})
