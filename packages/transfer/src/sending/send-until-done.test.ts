import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { TransferError } from '../transfer-error.ts'
import { sendUntilDone } from './send-until-done.ts'

const done = { files: 1 } as never
const closed = new TransferError('TRANSFER_CLOSED', 'the connection was lost')
const busy = new TransferError('TRANSFER_BUSY', 'another transfer uses it')
const away = new Error('no answer')
const refused = new Error('the peer does not offer "files" to this node')

/** Plays calls and sends in turn; the last of each repeats. Resolves with the outcome, and what was tried. */
async function play(
  { calls = ['ok'], sends = [done] }: { calls?: readonly unknown[]; sends?: readonly unknown[] },
  { isRepeatable = true, isResumed = false, isOver = (): boolean => false } = {},
) {
  const clock = new ManualClock()
  const counts = { calls: 0, sends: 0, losses: 0 }
  const next = (values: readonly unknown[], count: number) => {
    const value = values[Math.min(count, values.length - 1)]
    if (value instanceof Error) throw value
    return value
  }
  const running = sendUntilDone({
    clock,
    call: async () => next(calls, counts.calls++),
    send: async () => next(sends, counts.sends++) as never,
    isRepeatable,
    isResumed,
    isRefusal: (error) => error === refused,
    isOver,
    onAgain: () => void counts.losses++,
  }).catch((error: unknown) => error)
  for (let second = 0; second < 200; second++) await clock.advance(1000)
  return { outcome: await running, pending: clock.pending, ...counts }
}

test('a lost connection is followed by calls until the receiver is back', async () => {
  const result = await play({ calls: ['ok', away, away, 'ok'], sends: [closed, done] })
  expect(result).toEqual({ outcome: done, pending: 0, calls: 4, sends: 2, losses: 1 })
})

test('a receiver that still holds an earlier connection is called again, after a loss or by a later process', async () => {
  expect(await play({ sends: [closed, busy, busy, done] })).toMatchObject({
    outcome: done,
    sends: 4,
    losses: 2,
  })
  expect(await play({ sends: [busy, busy, done] })).toMatchObject({ outcome: done, sends: 3, losses: 1 })
})

test.each([[[busy]], [[closed, busy]]])(
  'a receiver that is busy for longer than a minute is an error',
  async (all) => {
    const { outcome, sends } = await play({ sends: all })
    expect(outcome).toBe(busy)
    expect(sends).toBeGreaterThan(50)
  },
)

test('a receiver that stays away is the loss, or the failure of the last call', async () => {
  expect(await play({ calls: ['ok', away], sends: [closed] })).toMatchObject({ outcome: closed, pending: 0 })
  expect(await play({ calls: [away] }, { isResumed: true })).toMatchObject({ outcome: away })
  expect(await play({ calls: [away] })).toMatchObject({ outcome: away, calls: 1 })
})

test('a receiver that refuses three calls in a row is believed; one that is starting is not', async () => {
  expect(await play({ calls: ['ok', away, refused], sends: [closed] })).toMatchObject({
    outcome: refused,
    calls: 5,
  })
  const starting = await play({ calls: ['ok', refused, refused, away, refused, 'ok'], sends: [closed, done] })
  expect(starting).toMatchObject({ outcome: done, calls: 6 })
})

test('nobody is called again for bytes of a stream, or when it is over', async () => {
  expect(await play({ sends: [closed] }, { isRepeatable: false })).toMatchObject({
    outcome: closed,
    calls: 1,
  })
  expect(await play({ sends: [closed] }, { isOver: () => true })).toMatchObject({ outcome: closed, calls: 1 })
})
