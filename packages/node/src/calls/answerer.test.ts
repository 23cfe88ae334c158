import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { Incoming } from './answerer.ts'
import type { Message } from '../signalling/message.ts'
import type { AcquiredSides } from '../gathering/reflexive-gatherer.ts'
import { Mutex } from '../punching/mutex.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { sideDescription } from '../testdata/side-description.ts'

const caller = new Uint8Array(32).fill(1)

/** The answering side, with STUN servers that take their time. */
function slowIncoming() {
  const clock = new ManualClock()
  const taking: ((sides: AcquiredSides) => void)[] = []
  const acquire = () => new Promise<AcquiredSides>((resolve) => taking.push(resolve))
  const incoming = new Incoming({
    runtime: { clock } as Partial<Runtime> as Runtime,
    interfaces: () => [],
    gatherer: { acquire, giveBack: () => {} },
    birthdays: new Mutex(),
    accept: () => {},
  })
  return { clock, incoming, taking }
}

function offer(call: number, token = 0): Message {
  return {
    type: 'offer',
    connectionId: new Uint8Array(16).fill(call),
    candidates: [],
    strategies: ['tcp-punch'],
    times: [0],
    punch: { token: new Uint8Array(16).fill(token), attempt: 0, sides: [sideDescription] },
  }
}

test('an offer that is repeated is taken part in once; a second attempt is another', async () => {
  const { incoming, taking } = slowIncoming()
  const sides = [offer(1), offer(1), offer(1, 2)].map((one) => incoming.takePart(caller, one))
  expect(taking).toHaveLength(2)
  for (const finish of taking) finish({ sides: [] })
  expect(await Promise.all(sides)).toEqual([[undefined], [undefined], [undefined]])
  expect(await incoming.takePart(caller, offer(1))).toEqual([])
})

test('a flood of offers: 64 are taken part in at once, the others refused', async () => {
  const { clock, incoming, taking } = slowIncoming()
  for (let call = 0; call < 64; call++) void incoming.takePart(caller, offer(call))
  await expect(incoming.takePart(caller, offer(64))).rejects.toMatchObject({ code: 'NODE_BUSY' })
  expect(taking).toHaveLength(64)
  // The refused one, repeated, gets the place of the first that is over.
  taking[0]?.({ sides: [] })
  await clock.advance(0)
  void incoming.takePart(caller, offer(64))
  expect(taking).toHaveLength(65)
  incoming.close()
  expect(await incoming.takePart(caller, offer(65))).toEqual([])
})
