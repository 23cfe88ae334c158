import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { setTimeout as delay } from 'node:timers/promises'
import { type NatsCluster, natsMissing, startNatsCluster } from '../testdata/nats-cluster.ts'
import { closeAll } from '../testdata/open-signals.ts'
import { mosquittoMissing, startMosquitto, type TestBroker } from '../testdata/real-brokers.ts'
import { type Caller, callWhile, openCaller } from '../testdata/steady-calls.ts'

const missing = natsMissing ?? mosquittoMissing
const withBrokers = missing === undefined ? test : test.skip
const why = missing === undefined ? '' : ` (skipped: ${missing})`
const LIMIT_MS = 90_000

let cluster: NatsCluster
/** Another broker that the nodes know: the cluster is one broker to them, with one fate. */
let other: TestBroker
beforeAll(async () => {
  if (missing !== undefined) return
  other = await startMosquitto([], { quiet: true })
  cluster = await startNatsCluster()
}, LIMIT_MS)
afterEach(closeAll)
afterAll(async () => {
  await cluster?.close()
  await other?.close()
})

/** Three nodes, each on a server of its own, and on the other brokers that are given. */
function openThree(others: readonly string[] = []): Promise<Caller[]> {
  return Promise.all(cluster.urls.map((url, index) => openCaller(index + 1, [url, ...others])))
}

const noneFailed = { made: expect.any(Number), failed: [] }

withBrokers(
  `nodes on one server each call across the cluster, and fetch records that another server took${why}`,
  async () => {
    const callers = await openThree()
    const [alice, , carol] = callers
    await alice?.signal.records.publish(Uint8Array.of(7))
    expect(alice?.signal.status()).toMatchObject([{ state: 'up', keepsRecord: true }])
    const record = await carol?.signal.records.fetch(alice?.publicKey as Uint8Array)
    expect(record?.body).toEqual(Uint8Array.of(7))
    expect(await callWhile(callers, async () => {})).toEqual(noneFailed)
  },
  LIMIT_MS,
)

withBrokers(
  `beside another broker, calls do not notice that a server is killed in their midst${why}`,
  async () => {
    const callers = await openThree([other.url])
    const counted = await callWhile(callers, async () => {
      await cluster.kill(1)
      await delay(2000)
      await cluster.start(1)
    })
    expect(counted).toEqual(noneFailed)
  },
  LIMIT_MS,
)

withBrokers(
  `beside another broker, calls do not notice a server cut off from its cluster, nor its return${why}`,
  async () => {
    const callers = await openThree([other.url])
    const counted = await callWhile(callers, async () => {
      cluster.partition(2)
      await delay(2000)
      await cluster.heal()
    })
    expect(counted).toEqual(noneFailed)
  },
  LIMIT_MS,
)

withBrokers(
  `beside another broker, calls do not notice a restart of one server after the other${why}`,
  async () => {
    const callers = await openThree([other.url])
    const counted = await callWhile(callers, async () => {
      for (const server of cluster.urls.keys()) {
        await cluster.kill(server)
        await cluster.start(server)
      }
    })
    expect(counted).toEqual(noneFailed)
  },
  LIMIT_MS,
)
