import { afterEach, expect, test } from '@jest/globals'
import { closeAll, keep } from '../testdata/open-signals.ts'
import { freePort, mosquittoMissing, startMosquitto } from '../testdata/real-brokers.ts'
import { type Caller, callWhile, openCaller } from '../testdata/steady-calls.ts'

const withMosquitto = mosquittoMissing === undefined ? test : test.skip
const why = mosquittoMissing === undefined ? '' : ` (skipped: ${mosquittoMissing})`
const LIMIT_MS = 30_000

/** The second Mosquitto has a bridge to the first, for the topics of nodes in both directions. */
async function startBridged(): Promise<[string, string]> {
  const port = await freePort()
  const first = keep(await startMosquitto([], { port, quiet: true }))
  const bridge = [
    `connection to-first`,
    `address 127.0.0.1:${port}`,
    'topic p2pd/1/# both 1',
    'try_private true',
  ]
  const second = keep(await startMosquitto(bridge, { quiet: true }))
  return [first.url, second.url]
}

afterEach(closeAll)

withMosquitto(
  `nodes on one of two bridged Mosquittos each call each other, and find records${why}`,
  async () => {
    const [first, second] = await startBridged()
    const callers = await Promise.all([openCaller(1, [first]), openCaller(2, [second])])
    const [alice, bob] = callers as [Caller, Caller]
    // The bridge connects after the brokers are up: the first call waits for it by its repeats.
    await bob.call(alice)
    expect(await callWhile(callers, async () => {})).toEqual({ made: expect.any(Number), failed: [] })
    await alice.signal.records.publish(Uint8Array.of(7))
    // It went ahead of this call on the same bridge.
    await alice.call(bob)
    const record = await bob.signal.records.fetch(alice.publicKey)
    expect(record?.body).toEqual(Uint8Array.of(7))
  },
  LIMIT_MS,
)
