import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { Answerer } from './answerer.ts'
import type { Message } from '../signalling/message.ts'
import type { AcquiredSides } from '../gathering/acquired-sides.ts'
import { MappingCount } from '../gathering/mapping-count.ts'
import { Mutex } from '../punching/mutex.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { sideDescription } from '../testdata/side-description.ts'

const caller = new Uint8Array(32).fill(1)

/** The answering side, with STUN servers that take their time. */
function slowAnswerer() {
  const clock = new ManualClock()
  const taking: ((sides: AcquiredSides) => void)[] = []
  const acquire = () =>
    new Map([['tcp', new Promise<AcquiredSides>((resolve) => taking.push(resolve))] as const])
  const answerer = new Answerer({
    node: {
      runtime: { clock } as Partial<Runtime> as Runtime,
      interfaces: () => [],
      candidates: () => [],
      punchSides: { acquire, release: () => {} },
      birthdays: new Mutex(),
      relay: 'last',
      natReports: () => [],
      count: new MappingCount(() => []),
    },
    calls: { yieldTo: () => true, adopt: () => false },
    onOffer: () => {},
    admit: () => true,
    join: () => false,
    accept: () => {},
  })
  const sidesFor = async (call: Message) => (await answerer.answer(caller, call))?.sides
  return { clock, answerer, sidesFor, taking }
}

function offer(call: number, token = 0): Message {
  return {
    type: 'offer',
    connectionId: new Uint8Array(16).fill(call),
    candidates: [],
    strategies: ['tcp-punch'],
    times: [0],
    punch: { token: new Uint8Array(16).fill(token), failedAttempts: 0, sides: [sideDescription] },
  }
}

test('an offer that is repeated is taken part in once; a second attempt is another', async () => {
  const { sidesFor, taking } = slowAnswerer()
  const sides = [offer(1), offer(1), offer(1, 2)].map((one) => sidesFor(one))
  expect(taking).toHaveLength(2)
  for (const finish of taking) finish({ sides: [] })
  expect(await Promise.all(sides)).toEqual([[undefined], [undefined], [undefined]])
  expect(await sidesFor(offer(1))).toEqual([])
})

test('a flood of offers: 64 are taken part in at once, the others refused', async () => {
  const { answerer, clock, sidesFor, taking } = slowAnswerer()
  for (let call = 0; call < 64; call++) void sidesFor(offer(call))
  await expect(sidesFor(offer(64))).rejects.toMatchObject({ code: 'NODE_BUSY' })
  expect(taking).toHaveLength(64)
  // The refused one, repeated, gets the place of the first that is over.
  taking[0]?.({ sides: [] })
  await clock.advance(0)
  void sidesFor(offer(64))
  expect(taking).toHaveLength(65)
  answerer.close()
  expect(await sidesFor(offer(65))).toEqual([])
})
